/// C, only what Swift cannot say. No policy.
#ifndef CNIO_H
#define CNIO_H
#include "cnio_event.h"
#include "cnio_guard.h"
#include "cnio_memory.h"
#include "cnio_namespace.h"
#include "cnio_packet.h"
#include "cnio_privilege.h"
#include "cnio_server.h"
#include "cnio_signal.h"
#include "cnio_tls.h"
#endif
