/// C, only what Swift cannot say. No policy.
#ifndef CNIO_H
#define CNIO_H
#include "cnio_server.h"
#endif
