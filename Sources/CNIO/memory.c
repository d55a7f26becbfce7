#include "cnio_memory.h"

#include <malloc.h>

size_t cnio_allocated_octets(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}
