extern int zz_dummy; int zz_dummy;
