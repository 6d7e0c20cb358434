/* corpus_main.c - runs a fuzz target over the files of its corpus, where there is no libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
run_file(const char *folder, const char *name)
{
    char path[4096];
    uint8_t *data = NULL;
    FILE *file;
    long size;
    int rc = 1;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0)
        goto done;
    rewind(file);
    data = malloc((size_t)size + 1);
    if (!data || fread(data, 1, (size_t)size, file) != (size_t)size)
        goto done;
    LLVMFuzzerTestOneInput(data, (size_t)size);
    rc = 0;
done:
    if (rc != 0)
        fprintf(stderr, "%s: cannot be read\n", path);
    free(data);
    if (file)
        fclose(file);
    return rc;
}

static int
run_folder(const char *name)
{
    DIR *folder = opendir(name);
    const struct dirent *entry;
    unsigned files = 0;
    int rc = 0;

    while (folder && (entry = readdir(folder)))
        if (entry->d_name[0] != '.') {
            rc |= run_file(name, entry->d_name);
            files++;
        }
    if (folder)
        closedir(folder);
    if (files == 0)
        fprintf(stderr, "%s: no files\n", name);
    return rc != 0 || files == 0;
}

int
main(int argc, char **argv)
{
    int rc = 0;

    if (argc < 2) {
        fprintf(stderr, "usage: %s CORPUS_FOLDER...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++)
        rc |= run_folder(argv[i]);
    return rc;
}
