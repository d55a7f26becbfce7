import CNIO
import Engine
import Glibc
import Testing

/// A loopback port where the kernel drops every segment before its TCP sees it: a peer that never answers.
final class SilentListener {
    let endpoint: Endpoint
    private let guardian: ResetGuard

    init() throws {
        let finder = try KernelEcho()
        finder.stop()
        endpoint = finder.endpoint
        guardian = try ResetGuard(endpoint)
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
