/// Signals as readable descriptors: a handler may call little, and Swift is not among it.
#ifndef CNIO_SIGNAL_H
#define CNIO_SIGNAL_H

/// From now on the signal ends nothing, and each time it comes adds one to an eventfd. Returns 0, or -1 and errno.
int cnio_catch_signal(int number, int wakeup);

/// From now on the signal does nothing; its eventfd may be closed.
void cnio_drop_signal(int number);
#endif
