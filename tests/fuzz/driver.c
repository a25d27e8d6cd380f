/*
 * driver.c - run a fuzz target over files, without libFuzzer.
 *
 * usage: fuzz_NAME [-OPTION...] FILE|FOLDER...   (options are libFuzzer's)
 */

#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define INPUT_MAX      262144 /* octets of one file */
#define BEGINNINGS_MAX 2048   /* of longer inputs only the whole is run */

static unsigned int inputs;

/* In memory of that size, so that asan sees the first octet behind it. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size == 0 ? 1 : size);

	FUZZ_CHECK(copy != NULL);
	memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void run_file(const char *path)
{
	static uint8_t data[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	size_t size, len;

	if (file == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	printf("%s\n", path);
	fflush(stdout);
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	for (len = 0; size <= BEGINNINGS_MAX && len < size; len++)
		run(data, len);
	run(data, size);
	inputs++;
}

static void run_folder(const char *path, DIR *folder)
{
	const struct dirent *entry;
	char file[4096];

	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		run_file(file);
	}
}

int main(int argc, char **argv)
{
	DIR *folder;
	int i;

	for (i = 1; i < argc; i++) {
		if (argv[i][0] == '-')
			continue;
		folder = opendir(argv[i]);
		if (folder == NULL) {
			run_file(argv[i]);
			continue;
		}
		run_folder(argv[i], folder);
		closedir(folder);
	}
	printf("%u inputs\n", inputs);
	return inputs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
