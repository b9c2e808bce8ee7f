/* Runs a fuzz target on inputs from stdin, each behind its length (four bytes, little-endian). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(void) {
    uint8_t length[4];
    unsigned long count = 0;
    while (fread(length, 1, 4, stdin) == 4) {
        size_t size = (size_t)length[0] | (size_t)length[1] << 8 | (size_t)length[2] << 16 |
                      (size_t)length[3] << 24;
        uint8_t *data = malloc(size ? size : 1);
        if (data == NULL || fread(data, 1, size, stdin) != size) return 2;
        LLVMFuzzerTestOneInput(data, size);
        free(data);
        count++;
    }
    printf("%lu\n", count);
    return 0;
}
