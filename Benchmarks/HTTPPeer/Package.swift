// swift-tools-version: 6.2
// What `make bench-http` measures our server against, apart from the main package so that its build stays small.
import PackageDescription

let package = Package(
    name: "HTTPPeer",
    dependencies: [.package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.0.0")],
    targets: [
        .executableTarget(name: "HTTPPeer", dependencies: [.product(name: "Hummingbird", package: "hummingbird")])
    ]
)
