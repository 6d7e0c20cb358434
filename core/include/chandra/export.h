/* export.h - marks of public declarations; every other public header includes it. */
#ifndef CHANDRA_EXPORT_H
#define CHANDRA_EXPORT_H

#if defined(__GNUC__)
#    define CHANDRA_API __attribute__((visibility("default")))
#    define CHANDRA_MUST_CHECK __attribute__((warn_unused_result))
#    define CHANDRA_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#    define CHANDRA_API
#    define CHANDRA_MUST_CHECK
#    define CHANDRA_PRINTF(fmt, args)
#endif

#endif
