/* rule_eval.c - judge requests by a compiled rule file. */

#include "core/rules/rule_eval.h"

#include "core/rules/rule_run.h"

#include <stdlib.h>
#include <string.h>

#define HITS_MAX     65536 /* octets of $$request_hits; ours */
#define TEXT_MAX     16384 /* octets of a text with values put in; ours */
#define FAULT_ACTION "451 4.3.0 Server configuration problem"

int ps_rule_run_new(const struct ps_rules *rules, struct ps_rule_run **run_r)
{
	const size_t names = rules->names->count;
	struct ps_rule_run *run = malloc(sizeof(*run));

	*run_r = NULL;
	if (run == NULL)
		return -1;
	*run = (struct ps_rule_run){
		.rules = rules,
		.hits = PS_BUFFER(HITS_MAX),
		.text = PS_BUFFER(TEXT_MAX),
		.value = malloc(names * sizeof(*run->value)),
		.asked = malloc(names * sizeof(*run->asked)),
		.hit = malloc((rules->count + 1) * sizeof(*run->hit)),
		.candidates = { .words = ps_rule_index_words(rules) },
	};
	run->candidates.word =
		malloc(run->candidates.words * sizeof(*run->candidates.word));
	if (run->value == NULL || run->asked == NULL || run->hit == NULL ||
	    run->candidates.word == NULL ||
	    ps_arena_new(PS_RULE_RUN_MEMORY_MAX, &run->arena) < 0) {
		ps_rule_run_free(&run);
		return -1;
	}
	*run_r = run;
	return 0;
}

void ps_rule_run_free(struct ps_rule_run **run)
{
	if (*run == NULL)
		return;
	ps_arena_free(&(*run)->arena);
	ps_buffer_free(&(*run)->hits);
	ps_buffer_free(&(*run)->text);
	free((*run)->value);
	free((*run)->asked);
	free((*run)->hit);
	free((*run)->candidates.word);
	free(*run);
	*run = NULL;
}

void ps_rule_run_begin(struct ps_rule_run *run,
		       const struct ps_rule_facts *facts)
{
	run->facts = *facts;
	run->memos = 0;
	ps_rule_login_note(run);
}

/* As it was before the first run, but for what is counted already. */
static void reset(struct ps_rule_run *run, struct ps_rule_verdict *verdict)
{
	int attr;
	size_t n;

	ps_arena_reset(run->arena);
	memset(run->asked, 0, run->rules->names->count * sizeof(*run->asked));
	ps_buffer_reset(&run->hits);
	run->hit_count = 0;
	run->counts = 0;
	run->score = 0;
	run->jumps = 0;
	run->matches = run->rbl = run->rhsbl = run->list_count = 0;
	run->waiting = run->fault = false;
	run->why = NULL;
	*verdict = (struct ps_rule_verdict){ .outcome = PS_RULE_DEFAULT,
					     .action = "DUNNO" };
	run->verdict = verdict;
	ps_rule_index_begin(run->rules, &run->candidates);
	for (n = 0; (attr = ps_rule_index_attr(run->rules, n)) >= 0; n++)
		ps_rule_index_value(run->rules, (unsigned int)attr,
				    ps_rule_run_value(run, (unsigned int)attr),
				    &run->candidates);
	if (run->facts.trace != NULL) /* who watches wants to see all */
		memset(run->candidates.word, 0xff,
		       run->candidates.words * sizeof(uint64_t));
}

static void trace(struct ps_rule_run *run, size_t number, bool matched,
		  const struct ps_rule_item *failed)
{
	const struct ps_rule_trace *watch = run->facts.trace;
	struct ps_rule_step step = { .kind = PS_STEP_MATCHED, .rule = number };

	if (watch == NULL)
		return;
	if (!matched) {
		step.kind = PS_STEP_FAILED;
		step.item = PS_BYTES("score");
	}
	if (!matched && failed != NULL) {
		step.item = failed->kind->name[0] != '\0'
				    ? ps_bytes_of(failed->kind->name)
				    : run->rules->names->name[failed->attr];
		step.value = ps_rule_run_value(run, failed->attr);
	}
	watch->step(watch->ctx, &step);
}

static void add_hit(struct ps_rule_run *run, size_t number)
{
	if (run->hits.len > 0)
		ps_buffer_char(&run->hits, ';');
	ps_buffer_text(&run->hits, run->rules->rule[number].id);
	if (run->hit_count < run->rules->count)
		run->hit[run->hit_count++] = number;
	if (run->hits.failed)
		ps_rule_run_fault(run, "too many rules match");
}

/* Behind a rule that waits for the DNS: what else may be asked?  Nothing is
 * done, so a rule that would end the judgement ends the questions. */
static bool ask_ahead(const struct ps_rule_run *run, size_t number,
		      enum ps_rule_truth truth)
{
	return truth == PS_TRUTH_YES &&
	       run->rules->rule[number].action->verb == PS_VERB_ANSWER;
}

/* True: the judgement ends here. */
static bool try_rule(struct ps_rule_run *run, size_t number, size_t *next_r)
{
	const struct ps_rule_item *failed;
	enum ps_rule_truth truth =
		ps_rule_match(run, &run->rules->rule[number], &failed);
	enum ps_rule_went went;

	*next_r = number + 1;
	if (run->fault)
		return true;
	if (truth == PS_TRUTH_WAITING)
		run->waiting = true;
	if (run->waiting)
		return ask_ahead(run, number, truth);
	trace(run, number, truth == PS_TRUTH_YES, failed);
	if (truth == PS_TRUTH_NO)
		return false;
	add_hit(run, number);
	went = ps_rule_act(run, number, next_r);
	run->waiting = went == PS_WENT_WAITING;
	return went != PS_WENT_ON || run->fault;
}

bool ps_rule_run_judge(struct ps_rule_run *run,
		       struct ps_rule_verdict *verdict_r)
{
	size_t at = 0, next, tried = 0;

	reset(run, verdict_r);
	for (;;) {
		next = ps_rule_index_next(run->rules, &run->candidates, at);
		if (next == run->rules->count)
			break;
		if (next != tried) /* those between have not matched */
			run->matches = run->rbl = run->rhsbl = 0;
		if (try_rule(run, next, &at))
			break;
		tried = at;
	}
	if (run->fault) {
		verdict_r->outcome = PS_RULE_FAULT;
		verdict_r->action = FAULT_ACTION;
		verdict_r->effects = 0;
		verdict_r->why = run->why;
		verdict_r->hits = "";
		return true;
	}
	verdict_r->hits = ps_buffer_cstr(&run->hits);
	verdict_r->matched = run->hit;
	verdict_r->matched_count = run->hit_count;
	return !run->waiting;
}
