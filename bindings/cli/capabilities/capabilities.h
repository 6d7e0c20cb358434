/* capabilities.h - the reference of the script API as a page for people. */
#ifndef CHANDRA_CLI_CAPABILITIES_H
#define CHANDRA_CLI_CAPABILITIES_H

/* Print the whole reference as Markdown to standard output. */
void capabilities_markdown(void);

#endif
