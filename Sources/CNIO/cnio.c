#include "CNIO.h"
