/* Where an HTTP/1.1 answer ends. There is one answer in the buffer at a time. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ANSWER = 4096, INCOMPLETE = -1, MALFORMED = -2 };

/* The value of a header, or NULL; `name` is in lower case and ends with a colon. */
static const char *header(const char *answer, const char *name)
{
    const char *end = strstr(answer, "\r\n\r\n");
    size_t length = strlen(name);
    for (const char *line = strstr(answer, "\r\n"); line && line < end; line = strstr(line + 2, "\r\n"))
        if (!strncasecmp(line + 2, name, length)) return line + 2 + length + strspn(line + 2 + length, " ");
    return NULL;
}

/* The status of a whole answer, INCOMPLETE or MALFORMED. */
static int parse(const char *answer, int got)
{
    const char *end = strstr(answer, "\r\n\r\n"), *value;
    if (!end) return INCOMPLETE;
    if (got < 12 || strncmp(answer, "HTTP/1.1 ", 9)) return MALFORMED;
    int body = got - (int)(end + 4 - answer), status = atoi(answer + 9);
    if ((value = header(answer, "content-length:"))) {
        int length = atoi(value);
        return body < length ? INCOMPLETE : body == length ? status : MALFORMED;
    }
    if ((value = header(answer, "transfer-encoding:")) && !strncasecmp(value, "chunked", 7))
        return got >= 5 && !memcmp(answer + got - 5, "0\r\n\r\n", 5) ? status : INCOMPLETE;
    return MALFORMED;
}

static int closes(const char *answer)
{
    const char *value = header(answer, "connection:");
    return value && !strncasecmp(value, "close", 5);
}
