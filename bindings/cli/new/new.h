/* new.h - the texts that `chandra new` writes. */
#ifndef CHANDRA_CLI_NEW_H
#define CHANDRA_CLI_NEW_H

#include <stdio.h>

/* A hook that a new policy can have, and what shows that it works. */
struct new_hook {
    const char *name;
    const char *policy; /* the function, with its comment */
    const char *spec;   /* the case; "%s" stands for the policy's file */
};
/* Ended by a NULL name. */
extern const struct new_hook new_hooks[];

/* What an editor needs to know about policies, all made from the reference of the script API. */
void new_luacheck(FILE *out); /* .luacheckrc */
void new_luarc(FILE *out);    /* .luarc.json of the Lua language server */
void new_stubs(FILE *out);    /* its definitions */

#endif
