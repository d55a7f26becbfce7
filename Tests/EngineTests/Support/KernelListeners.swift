import CNIO
import Engine
import Glibc
import Testing

/// A loopback port where the kernel drops every segment before its TCP sees it: a peer that never answers.
final class SilentListener {
    let endpoint: Endpoint
    private let guardian: ResetGuard

    init() throws {
        // The kernel chooses the port: one that was free a moment ago may be another test's by now.
        guardian = try ResetGuard(Endpoint(.loopbackV4, 0))
        endpoint = try #require(guardian.endpoint)
    }
}

/// A kernel listener whose connections nobody accepts or reads.
final class UnreadListener {
    let endpoint: Endpoint
    private let echo: KernelEcho

    init() throws {
        echo = try KernelEcho(serves: false)
        endpoint = echo.endpoint
    }

    deinit { echo.stop() }
}
