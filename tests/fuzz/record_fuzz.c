/* record_fuzz.c - replays whatever text as a record on the embedded cluster. */
#include <chandra/record.h>
#include <chandra/sim.h>
#include <chandra/sys/stage.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum chandra_status
open_world(void *user, uint64_t seed, struct chandra_replay_world *out_world,
           struct chandra_error *err)
{
    const struct chandra_sim_options options = {.size = sizeof(options), .seed = seed};
    struct chandra_sim *sim = NULL;
    const enum chandra_status st = chandra_sim_new(&options, &sim, err);

    (void)user;
    if (st == CHANDRA_OK)
        *out_world = (struct chandra_replay_world){
            .transport = chandra_sim_transport(sim), .stage = chandra_sim_stage(sim), .user = sim};
    return st;
}

static void
close_world(void *user, struct chandra_replay_world *world)
{
    (void)user;
    chandra_sim_free(world->user);
}

static void
on_failure(void *user, const struct chandra_replay_failure *failure)
{
    (void)user;
    (void)failure;
}

/* The name decides the format, the text decides the name. */
static const char *
name_for(const uint8_t *data, size_t size)
{
    if (size > 1 && data[0] == 0x1f && data[1] == 0x8b)
        return "fuzz.jsonl.gz";
    return size > 0 && data[0] == '{' ? "fuzz.jsonl" : "fuzz.yaml";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct chandra_replay_options options = {.size = sizeof(options),
                                                   .strict_reasons = true,
                                                   .open_world = open_world,
                                                   .close_world = close_world,
                                                   .on_failure = on_failure};
    struct chandra_replay_result result = {0};
    struct chandra_error err;

    if (chandra_replay_text((const char *)data, size, name_for(data, size), &options, &result,
                            &err) != CHANDRA_OK &&
        strlen(err.message) == 0)
        __builtin_trap(); /* an error without a word */
    return 0;
}
