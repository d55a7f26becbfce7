// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// The engine's only class is reached from one thread, and debug builds watch every access; in release the watching costs
/// a tenth of a handshake (docs/performance.md).
let fast: [SwiftSetting] = [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

/// Release builds know from a profile which of the engine's code is run often: it stands together, and the rest apart.
/// `make profile` sets the variable to count anew (docs/performance.md).
let profile =
    Context.environment["RAWTCPWEB_COUNT"] == nil
    ? "-ir-profile-use=\(Context.packageDirectory)/Benchmarks/engine.profdata" : "-ir-profile-generate"
let profiled: [SwiftSetting] = [
    .unsafeFlags(
        ["-Xfrontend", profile, "-Xllvm", "-static-func-full-module-prefix=0"], .when(configuration: .release))
]

/// In release what is tested is optimised, and the tests themselves only where they compute: the compiler takes minutes for it.
let plain: [SwiftSetting] = [.unsafeFlags(["-Onone"], .when(configuration: .release))]

let package = Package(
    name: "RawTCPWeb",
    products: [
        .executable(name: "rawtcpweb", targets: ["RawTCPWeb"]),
        .executable(name: "rawtcpweb-bench", targets: ["Benchmarks"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .target(name: "CNIO", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(
            name: "Engine",
            dependencies: [
                "CNIO",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ],
            swiftSettings: strict + fast + profiled
        ),
        .executableTarget(
            name: "RawTCPWeb",
            dependencies: [
                "CNIO",
                "Engine",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Middlebox",
            dependencies: ["CNIO", "Engine", .product(name: "HeapModule", package: "swift-collections")],
            path: "Benchmarks/Middlebox",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "CNIO", "Engine", "Middlebox", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks",
            exclude: ["HTTPPeer", "Middlebox", "engine.profdata", "http.sh", "instructions.py", "profile.sh"],
            swiftSettings: strict
        ),
        .target(
            name: "TestSupport", dependencies: ["CNIO", "Engine"], path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(
            name: "EngineTests", dependencies: ["Engine", "CNIO", "TestSupport"], swiftSettings: strict + plain),
        .testTarget(
            name: "ScriptTests", dependencies: ["Engine"], exclude: ["Scripts"], swiftSettings: strict + plain),
        .testTarget(
            name: "SimulationTests", dependencies: ["Engine", "TestSupport"], exclude: ["loss-recovery.txt"],
            swiftSettings: strict),
        .testTarget(
            name: "RawTCPWebTests",
            dependencies: [
                "RawTCPWeb", "Engine", "TestSupport", .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict + plain
        ),
        .testTarget(
            name: "EndToEndTests", dependencies: ["Engine", "CNIO", "Middlebox", "TestSupport"], exclude: ["Peers"],
            swiftSettings: strict + plain),
    ]
)
