/* policies.c - reads, compares, loads and hands over. */
#include "schedule/policies.h"

#include "check/trial.h"

#include <stdio.h>
#include <string.h>

static enum chandra_status
read_map(const struct policies *policies, const struct chandra_doc *doc, struct bundle *bundle,
         struct chandra_error *err)
{
    enum chandra_status st = bundle_read_map(bundle, chandra_doc_root(doc, 0), err);

    if (st != CHANDRA_OK)
        chandra_error_prefix(err, "ConfigMap %s", policies->source.configmap);
    return st;
}

static enum chandra_status
read_files(const struct policies *policies, struct bundle *bundle, struct chandra_error *err)
{
    const struct policies_source *source = &policies->source;

    return source->config ? bundle_read_config(bundle, source->config, err)
                          : bundle_read_paths(bundle, &source->paths, err);
}

/* Two readings that agree: files that are being written or exchanged, as those of a mounted
 * ConfigMap by its link ..data, are left for the next time. */
static enum chandra_status
read_settled(const struct policies *policies, struct bundle *bundle, bool *out_settled,
             struct chandra_error *err)
{
    struct bundle again = {0};
    enum chandra_status st = read_files(policies, bundle, err);

    *out_settled = true;
    if (st != CHANDRA_OK || bundle_equal(bundle, &policies->seen))
        return st;
    st = read_files(policies, &again, err);
    *out_settled = st == CHANDRA_OK && bundle_equal(bundle, &again);
    bundle_clear(&again);
    if (st != CHANDRA_OK)
        bundle_clear(bundle);
    return st;
}

/* What is to be loaded now; *out_has_news is false when that is what was seen last. Errors are told
 * each time. */
static enum chandra_status
read_news(struct policies *policies, struct bundle *bundle, bool *out_has_news,
          struct chandra_error *err)
{
    struct chandra_doc *doc = NULL;
    enum chandra_status st;

    if (!policies->configmap) {
        st = read_settled(policies, bundle, out_has_news, err);
    } else {
        st = configmap_look(policies->configmap, &doc, err);
        *out_has_news = doc != NULL;
        if (st == CHANDRA_OK && doc)
            st = read_map(policies, doc, bundle, err);
        chandra_doc_free(doc);
    }
    *out_has_news = *out_has_news && st == CHANDRA_OK && !bundle_equal(bundle, &policies->seen);
    return st;
}

static void
warn(const struct policies *policies, const char *message)
{
    const struct chandra_logger *logger = &policies->options.logger;

    if (logger->fn)
        logger->fn(logger->user, CHANDRA_LOG_WARNING, message);
}

static void
on_finding(void *user, const struct chandra_lua_finding *finding)
{
    char message[512];

    snprintf(message, sizeof(message), "%.100s:%u:%u: %.380s", finding->file, finding->line,
             finding->column, finding->message);
    warn(user, message);
}

/* What `chandra check` would say of a set that loads. It is decided by all the same: what a small
 * example does not suit may be right for the cluster at hand. */
static void
warn_of_mistakes(struct policies *policies, const struct bundle *bundle)
{
    for (size_t i = bundle->has_config ? 1 : 0; i < bundle->count; i++) {
        const struct bundle_file *file = &bundle->files[i];
        const struct chandra_lua_source source = {
            .name = file->name, .text = file->text, .len = file->len};
        struct chandra_error failure, err;
        size_t findings = 0;
        bool is_failing = false;

        if (chandra_lua_check(&source, on_finding, policies, &findings, &err) != CHANDRA_OK ||
            findings > 0)
            continue;
        if (check_trial(&source, &is_failing, &failure, &err) == CHANDRA_OK && is_failing)
            warn(policies, failure.message);
    }
}

/* Takes the bundle. Memory may be there the next time; a bad text stays bad. */
static enum chandra_status
load(struct policies *policies, struct bundle *bundle, struct chandra_error *err)
{
    struct chandra_policy *policy;
    enum chandra_status st = bundle_load(bundle, &policies->options, &policy, err);

    if (st == CHANDRA_ENOMEM) {
        bundle_clear(bundle);
        return st;
    }
    bundle_clear(&policies->seen);
    policies->seen = *bundle;
    if (st == CHANDRA_OK) {
        warn_of_mistakes(policies, &policies->seen);
        policies->apply(policies->user, policy);
        chandra_policy_unref(policy);
    } else if (policies->configmap) {
        chandra_error_prefix(err, "ConfigMap %s", policies->source.configmap);
    }
    return st;
}

static enum chandra_status
read_first(struct policies *policies, struct bundle *bundle, struct chandra_error *err)
{
    const struct policies_source *source = &policies->source;
    struct chandra_doc *doc = NULL;
    enum chandra_status st;

    if (!source->configmap)
        return read_files(policies, bundle, err);
    st = configmap_new(source->transport, source->configmap, source->bell, &policies->configmap,
                       err);
    if (st == CHANDRA_OK)
        st = configmap_fetch(policies->configmap, &doc, err);
    if (st == CHANDRA_OK)
        st = read_map(policies, doc, bundle, err);
    chandra_doc_free(doc);
    return st;
}

enum chandra_status
policies_open(struct policies *policies, const struct policies_source *source,
              const struct chandra_lua_options *options, policies_apply_fn apply, void *user,
              struct chandra_error *err)
{
    struct bundle bundle = {0};
    enum chandra_status st;

    *policies =
        (struct policies){.source = *source, .options = *options, .apply = apply, .user = user};
    st = read_first(policies, &bundle, err);
    return st == CHANDRA_OK ? load(policies, &bundle, err) : st;
}

bool
policies_has_news(const struct policies *policies)
{
    return policies->configmap && configmap_has_news(policies->configmap);
}

/* Tell a failure that was not the last one told. */
static enum chandra_status
complain_once(struct policies *policies, const struct chandra_error *failure,
              struct chandra_error *err)
{
    if (strcmp(policies->complaint.message, failure->message) == 0)
        return CHANDRA_OK;
    policies->complaint = *failure;
    return chandra_error_set(err, failure->status, "%s", failure->message);
}

enum chandra_status
policies_poll(struct policies *policies, bool *out_swapped, struct chandra_error *err)
{
    struct bundle bundle = {0};
    struct chandra_error failure;
    bool has_news = false;
    enum chandra_status st;

    *out_swapped = false;
    if (!policies->apply)
        return CHANDRA_OK; /* never opened */
    st = read_news(policies, &bundle, &has_news, &failure);
    if (st != CHANDRA_OK)
        return complain_once(policies, &failure, err);
    policies->complaint.message[0] = '\0';
    if (!has_news) {
        bundle_clear(&bundle);
        return CHANDRA_OK;
    }
    st = load(policies, &bundle, err);
    *out_swapped = st == CHANDRA_OK;
    return st;
}

void
policies_close(struct policies *policies)
{
    if (policies->configmap)
        configmap_close(policies->configmap);
    policies->apply = NULL;
}

void
policies_free(struct policies *policies)
{
    configmap_free(policies->configmap);
    bundle_clear(&policies->seen);
    *policies = (struct policies){0};
}
