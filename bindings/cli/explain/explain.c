/* explain.c - `chandra explain`: why a pod is where it is, or waits; and who has a claim. */
#include "cli.h"
#include "explain/explanation.h"
#include "explain/fetch.h"
#include "explain/html.h"
#include "explain/mirror.h"
#include "explain/text.h"
#include "explain/whatif.h"
#ifdef CHANDRA_KUBE
#    include "schedule/cluster.h"

#    include <chandra/kube.h>
#    include <chandra/sys/transport.h>
#endif

#include <chandra/sys/base.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_NAMES = 4096, SHOWN_NAMERS = 3, PATH_SIZE = 512 };

struct options {
    const char *name_space;
    struct cli_list policies;
    const char *config;
    const char *driver_config;
    int64_t nodes;
    const char *record;
    const char *server;
    const char *kubeconfig;
    const char *context;
    const char *node;
    int64_t max_nodes;
    bool has_no_hints;
};

static const struct cli_flag flags[] = {
    {.name = "namespace",
     .letter = 'n',
     .type = CLI_STRING,
     .offset = offsetof(struct options, name_space),
     .placeholder = "NAME",
     .preset = "default",
     .help = "The namespace of the pod or claim (default: default)"},
    {.name = "record",
     .type = CLI_STRING,
     .offset = offsetof(struct options, record),
     .placeholder = "FILE",
     .help = "Explain at the end of the last case of this decision record"},
    {.name = "server",
     .letter = 's',
     .type = CLI_STRING,
     .offset = offsetof(struct options, server),
     .placeholder = "URL",
     .help = "Ask the chandra schedule that serves its metrics at http://HOST:PORT what it "
             "remembers"},
#ifdef CHANDRA_KUBE
    {.name = "kubeconfig",
     .type = CLI_STRING,
     .offset = offsetof(struct options, kubeconfig),
     .placeholder = "FILE",
     .help = "Without FILES: read the cluster of this kubeconfig (default: the files of "
             "$KUBECONFIG, else the pod's service account, else ~/.kube/config)"},
    {.name = "context",
     .type = CLI_STRING,
     .offset = offsetof(struct options, context),
     .placeholder = "NAME",
     .help = "Use this context of the kubeconfig"},
#endif
    CLI_POLICY_FLAG(options),
    {.name = "config",
     .type = CLI_STRING,
     .offset = offsetof(struct options, config),
     .placeholder = "FILE",
     .help = "Decide by the policies that this file gives to each pod, see chandra config"},
    {.name = "driver-config",
     .type = CLI_STRING,
     .offset = offsetof(struct options, driver_config),
     .placeholder = "FILE",
     .help = "Read how the drivers of FILES behave, as for chandra simulate"},
    {.name = "nodes",
     .type = CLI_COUNT,
     .offset = offsetof(struct options, nodes),
     .placeholder = "N",
     .most = 100000,
     .help = "Add N plain nodes to those of FILES (default: 3 when they hold none)"},
    {.name = "node",
     .type = CLI_STRING,
     .offset = offsetof(struct options, node),
     .placeholder = "NAME",
     .help = "Of the nodes show this one alone, with every rule that it breaks"},
    {.name = "max-nodes",
     .type = CLI_COUNT,
     .offset = offsetof(struct options, max_nodes),
     .placeholder = "N",
     .preset = "20",
     .most = 100000,
     .help = "In the table list at most N nodes, those alike as one (default 20)"},
    {.name = "no-hints",
     .type = CLI_SWITCH,
     .offset = offsetof(struct options, has_no_hints),
     .help = "Do not try what would help"},
    {.name = "output",
     .letter = 'o',
     .type = CLI_OUTPUT,
     .placeholder = "FORMAT",
     .choices = "table|json|yaml|html",
     .help = "Print as table, json, yaml or html (default table)"},
    {0},
};

struct explain {
    struct cli *cli;
    const struct options *options;
    bool is_html;
    bool is_claim;
    const char *name;
    struct chandra_policy *policy;
    struct mirror mirror;
    struct build build;
    struct chandra_value *root;
    struct chandra_doc *fetched;
    const struct chandra_value *result; /* the explanation */
    struct explain_source source;
    enum chandra_status fault; /* of a policy, in the decision */
};

static int
fail(const struct explain *explain, const char *path, const struct chandra_error *err)
{
    return cli_fail(explain->cli, path, err);
}

/* Objects by name. */

struct names {
    const char *name_space;
    const char *items[MAX_NAMES];
    size_t count;
};

static bool
take_name(void *user, const struct chandra_object *object)
{
    struct names *names = user;

    if (strcmp(chandra_object_namespace(object), names->name_space) == 0)
        names->items[names->count++] = chandra_object_name(object);
    return names->count < MAX_NAMES;
}

/* Pods that name a claim, the first few. */
struct namers {
    const char *name_space;
    const char *claim;
    char text[1024];
    size_t count;
};

static bool
add_namer(void *user, const struct chandra_object *object)
{
    struct namers *namers = user;
    const struct chandra_pod *pod = chandra_object_pod(object);
    const size_t len = strlen(namers->text);
    bool names_it = false;

    if (strcmp(chandra_object_namespace(object), namers->name_space) != 0)
        return true;
    for (size_t i = 0; i < chandra_pod_claim_count(pod) && !names_it; i++) {
        const char *name = chandra_pod_claim_name(pod, i);
        names_it = name && strcmp(name, namers->claim) == 0;
    }
    if (!names_it)
        return true;
    if (namers->count < SHOWN_NAMERS)
        snprintf(namers->text + len, sizeof(namers->text) - len, "%s%s", len > 0 ? ", " : "",
                 chandra_object_name(object));
    namers->count++;
    return true;
}

/* ", but pods a, b, c and 4 more name it", or nothing. */
static void
namers_text(const struct explain *explain, char *text, size_t size)
{
    struct namers namers = {.name_space = explain->options->name_space, .claim = explain->name};
    char more[48] = "";

    text[0] = '\0';
    if (!explain->is_claim)
        return;
    chandra_engine_each(explain->mirror.engine, CHANDRA_KIND_POD, add_namer, &namers);
    if (namers.count > SHOWN_NAMERS)
        snprintf(more, sizeof(more), " and %zu more", namers.count - SHOWN_NAMERS);
    if (namers.count > 0)
        snprintf(text, size, ", but %s %s%s %s it", namers.count == 1 ? "pod" : "pods", namers.text,
                 more, namers.count == 1 ? "names" : "name");
}

static int
say_missing(struct explain *explain, enum chandra_kind kind)
{
    struct names names = {.name_space = explain->options->name_space};
    const char *what = explain->is_claim ? "claim" : "pod";
    char namers[1200];
    const char *nearest;

    namers_text(explain, namers, sizeof(namers));
    chandra_engine_each(explain->mirror.engine, kind, take_name, &names);
    nearest = chandra_nearest(explain->name, names.items, names.count);
    if (nearest)
        return cli_failf(explain->cli, NULL, CHANDRA_ENOTFOUND,
                         "there is no %s %s/%s%s, did you mean \"%s\"?", what, names.name_space,
                         explain->name, namers, nearest);
    return cli_failf(explain->cli, NULL, CHANDRA_ENOTFOUND, "there is no %s %s/%s%s%s", what,
                     names.name_space, explain->name, namers, *namers ? "" : ", see --namespace");
}

/* Of pods. */

static const struct chandra_nodeset *
refused_of(const struct explain *explain)
{
    const struct queued_pod *pod =
        explain->mirror.scheduler
            ? scheduler_pod(explain->mirror.scheduler, explain->options->name_space, explain->name)
            : NULL;

    return pod ? pod->refusals.nodes : NULL;
}

static enum chandra_status
decide(struct explain *explain, const struct explain_subject *subject, struct chandra_error *err)
{
    struct decision decision = {0};
    enum chandra_status st =
        decision_make(subject->engine, subject->pod, refused_of(explain), &decision, err);

    if (st == CHANDRA_OK) {
        explanation_pod(&explain->build, explain->root, subject, &decision);
        explain->fault = decision.answer.status;
    }
    decision_clear(&decision);
    return st;
}

/* The pod as it is now on no node; caller unrefs. NULL when out of memory. */
static struct chandra_object *
unplaced(struct explain *explain, const struct chandra_pod *pod, struct chandra_error *err)
{
    if (whatif_unplace(&explain->build, &explain->mirror, pod, err) != CHANDRA_OK)
        return NULL;
    return chandra_engine_get(explain->mirror.engine, CHANDRA_KIND_POD,
                              explain->options->name_space, explain->name);
}

static enum chandra_status
explain_pod(struct explain *explain, struct chandra_object *object, struct chandra_error *err)
{
    struct mirror *mirror = &explain->mirror;
    struct explain_subject subject = {.engine = mirror->engine,
                                      .stage = mirror->stage,
                                      .pod = chandra_object_pod(object),
                                      .node = chandra_pod_node_name(chandra_object_pod(object))};
    struct chandra_object *free_pod = NULL;
    enum chandra_status st = CHANDRA_OK;

    explain->root = explanation_begin(&explain->build, "Pod", object, &explain->source);
    if (*subject.node) {
        explanation_claims(&explain->build, explain->root, &subject);
        free_pod = unplaced(explain, subject.pod, err);
        if (!free_pod)
            return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
        subject.pod = chandra_object_pod(free_pod);
    }
    st = decide(explain, &subject, err);
    if (st == CHANDRA_OK && !explain->options->has_no_hints)
        st = whatif_explain(&explain->build, explain->root, mirror, &subject, err);
    history_put(mirror->history, &explain->build, explain->root, explain->options->name_space,
                explain->name);
    chandra_object_unref(free_pod);
    return st;
}

/* Of claims. */

/* A pod that does not exist, for a cycle to look at nodes with. */
static enum chandra_status
make_no_pod(struct chandra_object **out_pod, struct chandra_error *err)
{
    static const char pod[] = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":"
                              "\"none\",\"namespace\":\"default\",\"uid\":\"none\"}}";
    struct chandra_doc *doc;
    enum chandra_status st = chandra_doc_parse_json(pod, sizeof(pod) - 1, "pod", NULL, &doc, err);

    if (st == CHANDRA_OK) {
        st = chandra_object_decode(chandra_doc_root(doc, 0), out_pod, err);
        chandra_doc_free(doc);
    }
    return st;
}

static enum chandra_status
explain_claim(struct explain *explain, struct chandra_object *object, struct chandra_error *err)
{
    struct mirror *mirror = &explain->mirror;
    struct chandra_object *pod = NULL;
    struct explain_subject subject = {.engine = mirror->engine, .stage = mirror->stage, .node = ""};
    enum chandra_status st = make_no_pod(&pod, err);

    if (st != CHANDRA_OK)
        return st;
    subject.pod = chandra_object_pod(pod);
    explain->root = explanation_begin(&explain->build, "ResourceClaim", object, &explain->source);
    st = explanation_claim(&explain->build, explain->root, &subject, chandra_object_claim(object),
                           err);
    chandra_object_unref(pod);
    return st;
}

static int
explain_in_world(struct explain *explain)
{
    const enum chandra_kind kind = explain->is_claim ? CHANDRA_KIND_CLAIM : CHANDRA_KIND_POD;
    struct chandra_object *object = chandra_engine_get(explain->mirror.engine, kind,
                                                       explain->options->name_space, explain->name);
    struct chandra_error err;
    enum chandra_status st;

    if (!object)
        return say_missing(explain, kind);
    st = chandra_doc_new(&explain->build.doc, &err);
    explain->source.time = explain->mirror.wall_time;
    if (st == CHANDRA_OK)
        st = explain->is_claim ? explain_claim(explain, object, &err)
                               : explain_pod(explain, object, &err);
    chandra_object_unref(object);
    if (st == CHANDRA_OK)
        st = build_end(&explain->build, &err);
    if (st != CHANDRA_OK)
        return fail(explain, NULL, &err);
    explain->result = explain->root;
    return CLI_YES;
}

/* Sources. */

static int
from_manifests(struct explain *explain)
{
    struct cli *cli = explain->cli;
    const char *path = NULL;
    struct chandra_error err;
    enum chandra_status st = mirror_new(&explain->mirror, explain->policy, 0, &err);

    explain->mirror.driver_config = explain->options->driver_config;
    if (st == CHANDRA_OK)
        st = mirror_simulate(&explain->mirror, cli->operands + 2, cli->operand_count - 2,
                             explain->options->nodes, &path, &err);
    if (st != CHANDRA_OK)
        return fail(explain, path, &err);
    if (explain->mirror.drive.gave_up.status != CHANDRA_OK)
        cli_note("%s", explain->mirror.drive.gave_up.message);
    explain->source =
        (struct explain_source){.type = "manifests", .from = cli->operands[2], .age_s = -1};
    return explain_in_world(explain);
}

static int
from_record(struct explain *explain)
{
    const char *path = explain->options->record;
    struct chandra_error err;
    enum chandra_status st = mirror_new(&explain->mirror, explain->policy, 0, &err);

    explain->mirror.driver_config = explain->options->driver_config;
    if (st == CHANDRA_OK)
        st = mirror_replay(&explain->mirror, path, explain->options->name_space, explain->name,
                           &err);
    if (st != CHANDRA_OK)
        return fail(explain, path, &err);
    explain->source = (struct explain_source){.type = "record", .from = path, .age_s = -1};
    return explain_in_world(explain);
}

static int
from_server(struct explain *explain)
{
    struct chandra_error err;

    if (explain->is_claim)
        return cli_failf(
            explain->cli, NULL, CHANDRA_EINVAL,
            "--server: a scheduler remembers pods, not claims; use the cluster itself");
    if (fetch_explanation(explain->options->server, explain->options->name_space, explain->name,
                          &explain->fetched, &err) != CHANDRA_OK)
        return fail(explain, NULL, &err);
    explain->result = chandra_doc_root(explain->fetched, 0);
    if (values_int(explain->result, "explanation") != 1)
        return cli_failf(explain->cli, NULL, CHANDRA_EAPI,
                         "server \"%s\": its answer is no explanation", explain->options->server);
    return CLI_YES;
}

#ifdef CHANDRA_KUBE
static enum chandra_status
read_cluster(struct explain *explain, struct chandra_kube_config *config, struct chandra_error *err)
{
    const struct chandra_kube_options options = {.size = sizeof(options), .logger = cli_logger()};
    struct chandra_transport *transport = NULL;
    enum chandra_status st = chandra_kube_new(config, &options, &transport, err);

    if (st == CHANDRA_OK)
        st = mirror_new(&explain->mirror, explain->policy, (int64_t)time(NULL), err);
    if (st == CHANDRA_OK)
        st = mirror_read(&explain->mirror, transport, err);
    chandra_kube_free(transport);
    return st;
}

static int
from_cluster(struct explain *explain)
{
    const struct cluster_options cluster = {.kubeconfig = explain->options->kubeconfig,
                                            .context = explain->options->context};
    struct chandra_kube_config *config = NULL;
    struct chandra_error err;
    enum chandra_status st = cluster_load(&cluster, cli_logger(), &config, &err);
    char server[PATH_SIZE];
    int code;

    if (st == CHANDRA_ENOTFOUND)
        return cli_failf(explain->cli, NULL, CHANDRA_EINVAL,
                         "nothing to explain: want FILES, --record, --server or a kubeconfig (%s)",
                         err.message);
    if (st != CHANDRA_OK)
        return fail(explain, explain->options->kubeconfig, &err);
    snprintf(server, sizeof(server), "%s", chandra_kube_config_server(config));
    st = read_cluster(explain, config, &err);
    chandra_kube_config_free(config);
    if (st != CHANDRA_OK)
        return fail(explain, NULL, &err);
    explain->source = (struct explain_source){
        .type = "cluster",
        .from = server,
        .age_s = (int64_t)time(NULL) - explain->mirror.wall_time,
    };
    code = explain_in_world(explain);
    explain->source.from = "";
    return code;
}
#else
static int
from_cluster(struct explain *explain)
{
    return cli_failf(explain->cli, NULL, CHANDRA_EINVAL,
                     "nothing to explain: want FILES, --record or --server");
}
#endif

/* The rest. */

static enum chandra_status
print_explanation(struct explain *explain, struct chandra_error *err)
{
    const struct text_options options = {.has_color = cli_has_color(STDOUT_FILENO),
                                         .max_nodes = explain->options->max_nodes,
                                         .node = explain->options->node};

    if (explain->is_html)
        return html_show(stdout, explain->result, err);
    if (explain->cli->output == CLI_TABLE)
        return text_show(stdout, explain->result, &options, err);
    return cli_print(explain->cli, explain->result, err);
}

static int
print_result(struct explain *explain)
{
    const char *state = values_text(explain->result, "state");
    struct chandra_error err;

    if (print_explanation(explain, &err) != CHANDRA_OK)
        return fail(explain, NULL, &err);
    explain->cli->is_reported = true;
    if (explain->fault == CHANDRA_ESCRIPT || explain->fault == CHANDRA_EBUDGET)
        return CLI_FAULT;
    return strcmp(state, "placed") == 0 || strcmp(state, "allocated") == 0 ||
                   strcmp(state, "reserved") == 0
               ? CLI_YES
               : CLI_NO;
}

static enum chandra_status
load_policy(struct explain *explain, struct chandra_error *err)
{
    const struct options *options = explain->options;

    return options->config ? cli_load_config(options->config, &explain->policy, err)
                           : cli_load_policy(&options->policies, &explain->policy, err);
}

/* What no table of flags can say. */
static int
check(struct explain *explain)
{
    const struct options *options = explain->options;
    struct cli *cli = explain->cli;
    const char *what = cli->operands[0];
    const int sources = (cli->operand_count > 2) + (options->record != NULL) +
                        (options->server != NULL) + (options->kubeconfig != NULL);

    if (strcmp(what, "pod") != 0 && strcmp(what, "claim") != 0)
        return cli_failf(cli, NULL, CHANDRA_EINVAL, "want pod or claim, got \"%s\"", what);
    if (sources > 1)
        return cli_failf(cli, NULL, CHANDRA_EINVAL,
                         "FILES, --record, --server and --kubeconfig all say where to look: want "
                         "one of them");
    if (options->config && options->policies.count > 0)
        return cli_failf(cli, NULL, CHANDRA_EINVAL,
                         "--policy and --config both say what decides: want one of them");
    explain->is_claim = strcmp(what, "claim") == 0;
    explain->name = cli->operands[1];
    return CLI_YES;
}

static int
explain_it(struct explain *explain)
{
    const struct options *options = explain->options;
    struct chandra_error err;

    if (options->server)
        return from_server(explain);
    if (load_policy(explain, &err) != CHANDRA_OK)
        return fail(explain, options->config, &err);
    if (options->record)
        return from_record(explain);
    return explain->cli->operand_count > 2 ? from_manifests(explain) : from_cluster(explain);
}

static int
run(struct cli *cli)
{
    struct explain explain = {.cli = cli, .options = cli->options};
    int code = check(&explain);

    explain.is_html = cli->output == CLI_HTML;
    if (code == CLI_YES)
        code = explain_it(&explain);
    if (code == CLI_YES)
        code = print_result(&explain);
    chandra_doc_free(explain.build.doc);
    chandra_doc_free(explain.fetched);
    mirror_clear(&explain.mirror);
    chandra_policy_unref(explain.policy);
    return code;
}

const struct cli_command cmd_explain = {
    .name = "explain",
    .operands = "pod|claim NAME [FILES...]",
    .summary = "Tell why a pod is where it is, or waits, and what would help it.",
    .details =
        "Of a pod: the cause in one line; for which rules how many nodes were lost, each node at "
        "the first one that it breaks, with what was wanted and what was seen; the nearest miss; "
        "and what would help, which has been tried. Of a claim: who has it, who waits for it, and "
        "where it is available.\n"
        "FILES are run on a cluster in memory, as by chandra simulate. With --record the decision "
        "is explained at the end of a record, with --server by what a running chandra schedule "
        "remembers. Without any of them a cluster is read, and nothing written: then it is told "
        "what chandra would decide now.\n"
        "A pod that is on a node is decided once more as if it were not, to tell why this node.",
    .options_size = sizeof(struct options),
    .flags = flags,
    .min_operands = 2,
    .max_operands = SIZE_MAX,
    .run = run,
};
