/* config_fuzz.c - any text as a configuration: what is accepted prints as the same one again, and
 * loads. */
#include <chandra/config.h>
#include <chandra/doc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
    if (!is_true)
        abort();
}

static void
print_and_read_again(const struct chandra_config *config)
{
    struct chandra_config *again;
    char *text;

    must(chandra_value_print(chandra_config_value(config), CHANDRA_PRINT_YAML, &text, NULL, NULL) ==
         CHANDRA_OK);
    must(chandra_config_parse(text, strlen(text), "again.yaml", &again, NULL) == CHANDRA_OK);
    must(chandra_value_equal(chandra_config_value(config), chandra_config_value(again)));
    chandra_config_free(again);
    chandra_free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct chandra_config *config;
    struct chandra_policy *policy;
    struct chandra_error err;

    if (chandra_config_parse((const char *)data, size, "fuzz.yaml", &config, &err) != CHANDRA_OK) {
        must(strncmp(err.message, "fuzz.yaml", 9) == 0 && !strchr(err.message, '\n'));
        return 0;
    }
    print_and_read_again(config);
    if (chandra_config_load(config, NULL, 0, NULL, &policy, &err) == CHANDRA_OK)
        chandra_policy_unref(policy);
    else
        must(strncmp(err.message, "fuzz.yaml: ", 11) == 0);
    chandra_config_free(config);
    return 0;
}
