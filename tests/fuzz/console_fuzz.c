/* console_fuzz.c - any text at a console's prompt: whatever it does, the next line works. */
#include "policy_cluster.h"

#include <chandra/cycle.h>
#include <chandra/engine.h>
#include <chandra/lua.h>
#include <chandra/sim.h>
#include <chandra/sys/base.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct chandra_cycle *
open_cycle(void)
{
    struct chandra_engine *engine = open_engine();
    struct chandra_object *pod = chandra_engine_get(engine, CHANDRA_KIND_POD, "ns", "p");
    struct chandra_cycle *cycle;
    struct chandra_answer answer;

    must(chandra_cycle_new(engine, chandra_object_pod(pod), &cycle, NULL));
    chandra_object_unref(pod);
    chandra_cycle_pre_filter(cycle, &answer);
    if (answer.code != CHANDRA_CODE_SUCCESS)
        abort();
    return cycle;
}

/* A text that fails leaves no result; one that does not has one. */
static void
evaluate(struct chandra_lua_console *console, const char *line, const char *want)
{
    struct chandra_error err;
    char *text = NULL;

    if (chandra_lua_console_eval(console, line, &text, &err) != CHANDRA_OK) {
        if (text || want)
            abort();
        return;
    }
    if (want && strcmp(text, want) != 0)
        abort();
    chandra_free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct chandra_cycle *cycle;
    const struct chandra_lua_options options = {.size = sizeof(options),
                                                .memory_limit = 1024 * 1024,
                                                .instruction_limit = 20000,
                                                .timeout_ms = 1000};
    struct chandra_lua_console *console;
    char *line = calloc(1, size + 1);

    if (!cycle)
        cycle = open_cycle();
    if (!line)
        return 0;
    memcpy(line, data, size);
    must(chandra_lua_console_new(&options, &console, NULL));
    chandra_lua_console_set_cycle(console, cycle, NULL);
    (void)chandra_lua_console_is_incomplete(console, line);
    evaluate(console, line, NULL);
    evaluate(console, "#'ab'", "2\n");
    chandra_lua_console_set_cycle(console, cycle, NULL);
    evaluate(console, line, NULL); /* what it kept is of an earlier moment */
    evaluate(console, "(2)", "2\n");
    chandra_lua_console_free(console);
    free(line);
    return 0;
}
