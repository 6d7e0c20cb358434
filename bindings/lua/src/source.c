/* source.c - read, copy and name the texts of policies. */
#include "source.h"
#include "scan.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

bool
ch_lua_sha256(const char *text, size_t len, char hex[65])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int digest_len = 0;

    if (EVP_Digest(text, len, digest, &digest_len, EVP_sha256(), NULL) != 1 || digest_len != 32)
        return false;
    for (size_t i = 0; i < 32; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[64] = '\0';
    return true;
}

/* Lua cuts long chunk names its own way; keep the end, which tells more. */
static void
set_chunk(struct ch_lua_member *member)
{
    const size_t len = strlen(member->file);
    const size_t room = sizeof(member->chunk) - 1;

    if (len <= room)
        snprintf(member->chunk, sizeof(member->chunk), "%s", member->file);
    else
        snprintf(member->chunk, sizeof(member->chunk), "...%s", member->file + len - (room - 3));
}

/* Lua 5.4 compiles some uses of a local or constant _ENV into wrong bytecode (CVE-2022-28805), and
 * a policy has no use for it. */
static enum chandra_status
refuse_env(const struct ch_lua_member *member, struct chandra_error *err)
{
    struct ch_lua_token *tokens;
    size_t count, i = 0;
    enum chandra_status st = CHANDRA_OK;

    if (!ch_lua_tokenize(member->text, member->len, &tokens, &count))
        return chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", member->file);
    while (i < count && !ch_lua_token_is(&tokens[i], "_ENV"))
        i++;
    if (i < count)
        st = chandra_error_set(err, CHANDRA_ESCRIPT, "%s:%u: _ENV is not offered to policies",
                               member->file, tokens[i].line);
    chandra_free(tokens);
    return st;
}

enum chandra_status
ch_lua_member_init(struct ch_lua_member *member, const struct chandra_lua_source *source,
                   struct chandra_error *err)
{
    const char *name = source->name && source->name[0] ? source->name : "policy";
    /* Windows' editors begin a file with a byte order mark. */
    const size_t skip = source->len >= 3 && memcmp(source->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    enum chandra_status st;

    if (source->weight < 0 || source->weight != source->weight || source->weight > 1e9)
        return chandra_error_set(err, CHANDRA_EINVAL, "%s: the weight must be 0 to 1e9", name);
    if (source->len > CH_LUA_MAX_SOURCE)
        return chandra_error_set(err, CHANDRA_ESCRIPT, "%s: longer than %zu bytes", name,
                                 CH_LUA_MAX_SOURCE);
    member->file = chandra_strdup(name);
    member->text = chandra_strndup(source->text + skip, source->len - skip);
    member->len = source->len - skip;
    member->weight = source->weight == 0 ? 1 : source->weight;
    if (!member->file || !member->text || !ch_lua_sha256(source->text, source->len, member->sha256))
        return chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", name);
    ch_lua_clean_text(member->file);
    set_chunk(member);
    member->info.name = member->name;
    member->info.version = member->version;
    member->info.sha256 = member->sha256;
    member->info.source = member->file;
    st = ch_lua_header_parse(member, err);
    return st == CHANDRA_OK ? refuse_env(member, err) : st;
}

void
ch_lua_member_clear(struct ch_lua_member *member)
{
    chandra_free(member->file);
    chandra_free(member->text);
}

static enum chandra_status
read_file(const char *path, char **out_text, size_t *out_len, struct chandra_error *err)
{
    FILE *file = fopen(path, "rb");
    char *text;
    size_t len;
    bool is_read;

    if (!file)
        return chandra_error_set(err, CHANDRA_EIO, "%s: %s", path, strerror(errno));
    text = chandra_realloc(NULL, CH_LUA_MAX_SOURCE + 1);
    if (!text) {
        fclose(file);
        return chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", path);
    }
    len = fread(text, 1, CH_LUA_MAX_SOURCE + 1, file);
    is_read = !ferror(file);
    if (!is_read || len > CH_LUA_MAX_SOURCE) {
        chandra_error_set(err, CHANDRA_EIO, "%s: %s", path,
                          is_read ? "longer than 1 MiB" : strerror(errno));
        fclose(file);
        chandra_free(text);
        return CHANDRA_EIO;
    }
    fclose(file);
    *out_text = text;
    *out_len = len;
    return CHANDRA_OK;
}

enum chandra_status
ch_lua_sources_read(const char *const *paths, size_t count, struct chandra_lua_source **out_sources,
                    struct chandra_error *err)
{
    struct chandra_lua_source *sources;
    enum chandra_status st = CHANDRA_OK;

    if (count == 0)
        return chandra_error_set(err, CHANDRA_EINVAL, "no policy file given");
    sources = chandra_realloc(NULL, count * sizeof(*sources));
    if (!sources)
        return chandra_error_set(err, CHANDRA_ENOMEM, "policy: out of memory");
    memset(sources, 0, count * sizeof(*sources));
    for (size_t i = 0; st == CHANDRA_OK && i < count; i++) {
        char *text = NULL;

        st = read_file(paths[i], &text, &sources[i].len, err);
        sources[i].name = paths[i];
        sources[i].text = text;
    }
    if (st == CHANDRA_OK)
        *out_sources = sources;
    else
        ch_lua_sources_free(sources, count);
    return st;
}

void
ch_lua_sources_free(struct chandra_lua_source *sources, size_t count)
{
    for (size_t i = 0; sources && i < count; i++) {
        union {
            const char *in;
            char *out;
        } text = {sources[i].text};

        chandra_free(text.out);
    }
    chandra_free(sources);
}

enum chandra_status
chandra_lua_policy_load_files(const char *const *paths, size_t count,
                              const struct chandra_lua_options *options,
                              struct chandra_policy **out_policy, struct chandra_error *err)
{
    struct chandra_lua_source *sources = NULL;
    enum chandra_status st = ch_lua_sources_read(paths, count, &sources, err);

    if (st != CHANDRA_OK)
        return st;
    st = chandra_lua_policy_load(sources, count, options, out_policy, err);
    ch_lua_sources_free(sources, count);
    return st;
}
