/* score.c - Score: how good the policy finds each node; the real plugin has no opinion. */
#include "engine/engine.h"

static int64_t
bounded(int64_t score)
{
    return score < 0 ? 0 : score > 100 ? 100 : score;
}

/* Scores go to the host only when all is well, and only those that were asked for. */
static void
copy_scores(const struct chandra_nodeset *nodes, const int64_t *from, int64_t *to)
{
    for (uint32_t node = chandra_nodeset_next(nodes, 0); node != CHANDRA_NODESET_END;
         node = chandra_nodeset_next(nodes, node + 1))
        to[node] = bounded(from[node]);
}

static void
score(struct chandra_cycle *cycle, const struct chandra_nodeset *nodes, int64_t *scores,
      struct chandra_answer *out)
{
    struct chandra_policy *policy = cycle->policy;
    struct chandra_error err = {0};
    int64_t *own;
    enum chandra_status st;

    if (!ch_answer_begin(cycle, out)) {
        if (out->code == CHANDRA_CODE_SUCCESS)
            out->code = CHANDRA_CODE_SKIP;
        return;
    }
    out->code = CHANDRA_CODE_SKIP;
    if (!policy || !policy->ops->score)
        return;
    own = ch_calloc(ch_nodes_capacity(cycle->nodes), sizeof(*own));
    if (!own) {
        ch_answer_no_memory(out);
        return;
    }
    st = policy->ops->score(policy, cycle, nodes, own, &err);
    if (st == CHANDRA_OK) {
        copy_scores(nodes, own, scores);
        out->code = CHANDRA_CODE_SUCCESS;
    } else if (st != CHANDRA_ENOTFOUND) {
        ch_policy_forgiven(cycle, "score", &err, out);
    }
    ch_free(own);
}

void
chandra_cycle_score(struct chandra_cycle *cycle, const struct chandra_nodeset *nodes,
                    int64_t *scores, struct chandra_answer *out_answer)
{
    struct chandra_call call = {
        .point = CHANDRA_POINT_SCORE,
        .pod = chandra_object_pod(cycle->pod),
        .cycle = cycle,
        .nodes = nodes,
        .answer = out_answer,
    };

    score(cycle, nodes, scores, out_answer);
    if (out_answer->code == CHANDRA_CODE_SUCCESS)
        call.scores = scores;
    if (!cycle->is_shadow)
        ch_observe_call(cycle->engine, &call);
}
