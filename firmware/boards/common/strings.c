/* Text functions that neither compiler's runtime brings without a C library. */
#include <string.h>

int strncmp(const char *a, const char *b, size_t most) {
    for (; most != 0; a++, b++, most--) {
        if (*a != *b || *a == '\0') return (int)(unsigned char)*a - (int)(unsigned char)*b;
    }
    return 0;
}

int strcmp(const char *a, const char *b) { return strncmp(a, b, (size_t)-1); }

size_t strlen(const char *text) {
    size_t n = 0;
    while (text[n] != '\0') n++;
    return n;
}
