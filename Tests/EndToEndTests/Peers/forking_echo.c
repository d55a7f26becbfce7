// An echo server as tutorials write it: a process for each connection, which prints what it received without a newline
// and sends it back. Its output sits in the child's stdio buffer until the child exits, and the child exits when the
// client has closed. Usage: forking_echo PORT (0: any). Prints one line with its port once it listens.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(const char *what) {
    perror(what);
    exit(EXIT_FAILURE);
}

static void serve(int connection) {
    char text[1024];
    ssize_t length;

    while ((length = recv(connection, text, sizeof text, 0)) > 0) {
        printf("%.*s", (int)length, text);
        if (send(connection, text, (size_t)length, 0) != length) fail("send");
    }
    if (length < 0) fail("recv");
    close(connection);
}

int main(int argc, char **argv) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);

    if (argc != 2) {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        return 2;
    }
    address.sin_port = htons((uint16_t)atoi(argv[1]));
    if (listener < 0) fail("socket");
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) fail("setsockopt");
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
    if (listen(listener, 5) < 0) fail("listen");
    if (getsockname(listener, (struct sockaddr *)&address, &length) < 0) fail("getsockname");
    signal(SIGCHLD, SIG_IGN);
    printf("listening on port %d\n", ntohs(address.sin_port));
    fflush(stdout);  // or each child would print this line again

    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0) fail("accept");
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that ends early leaves no child behind
            close(listener);
            serve(connection);
            return 0;
        }
        close(connection);
    }
}
