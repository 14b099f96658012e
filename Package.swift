// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"), .treatAllWarnings(as: .error),
]

let package = Package(
  name: "khatm",
  dependencies: [
    // Commands and their manual: khatm, khatmd.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    // Transactions, migrations, backup over SQLite: Registry, Directory.
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    // Asynchronous HTTP with back-pressure: khatmd. Without traits: no configuration library, no TLS.
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
    // In Hummingbird's graph anyway; named for what khatmd imports of them, and for the floors below which they have known holes
    // (NIO 2.100: headers without limit; NIO extras 1.35: inflation limit bypassed).
    .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
    // Descriptors and error numbers of files: Support. In NIO's graph anyway.
    .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
    // Our own YAML files (profiles, platforms); never an outsider's bytes: Profiles, Storefronts.
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    // System libraries; each has one importing target.
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CIDN2", pkgConfig: "libidn2", providers: [.apt(["libidn2-dev"])]),
    .systemLibrary(name: "CRSVG", pkgConfig: "librsvg-2.0", providers: [.apt(["librsvg2-dev", "libcairo2-dev"])]),
    .systemLibrary(name: "CQR", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),

    // Words of the register and of its acts; imports nothing.
    .target(name: "Vocabulary", exclude: ["README.md"], swiftSettings: strict),
    // Files, locks, threads, caches. It knows no JSON, no credential and no database.
    .target(
      name: "Support",
      dependencies: [.product(name: "SystemPackage", package: "swift-system")],
      exclude: ["README.md"],
      swiftSettings: strict
    ),
    .target(name: "Encodings", exclude: ["README.md"], swiftSettings: strict),
    .target(name: "PKI", dependencies: ["COpenSSL"], exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "Credentials",
      dependencies: ["Encodings", "PKI", "CZlib"],
      exclude: ["README.md"],
      swiftSettings: strict
    ),
    .target(
      name: "TransparencyLog",
      dependencies: ["Encodings", "PKI"],
      exclude: ["README.md"],
      swiftSettings: strict
    ),
    .target(
      name: "Storefronts",
      dependencies: ["Encodings", "CIDN2", "CCurl", "CZlib"],
      exclude: ["README.md"],
      swiftSettings: strict
    ),
    .target(name: "Messages", exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "Artwork",
      dependencies: ["Encodings", "Messages", "CRSVG", "CQR"],
      exclude: ["README.md"],
      swiftSettings: strict
    ),
    .target(name: "Profiles", dependencies: ["Yams"], exclude: ["README.md"], swiftSettings: strict),
    .target(name: "Sheets", dependencies: ["Encodings", "Support"], exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "Verification",
      dependencies: ["Encodings", "PKI", "Credentials", "Storefronts", "Messages", "TransparencyLog", "Support"],
      exclude: ["README.md"],
      swiftSettings: strict
    ),
    .target(
      name: "Storage",
      dependencies: ["CSQLite", .product(name: "GRDB", package: "GRDB.swift")],
      exclude: ["README.md"],
      swiftSettings: strict
    ),
    .target(
      name: "Registry",
      dependencies: ["Vocabulary", "Encodings", "Storage"],
      exclude: ["README.md"],
      swiftSettings: strict
    ),
    .target(
      name: "Directory",
      dependencies: ["Encodings", "Storage", .product(name: "GRDB", package: "GRDB.swift")],
      exclude: ["README.md"],
      swiftSettings: strict
    ),
    // What a reader knows of a copy of public/: record files, its own state and index. A leaf until Repository asks it.
    .target(
      name: "Records",
      dependencies: ["Encodings", "PKI", "Credentials", "TransparencyLog", "Support", "Storage"],
      exclude: ["README.md"],
      swiftSettings: strict
    ),
    .target(
      name: "Issuance",
      dependencies: [
        "Vocabulary", "Encodings", "PKI", "Credentials", "TransparencyLog", "Storefronts", "Profiles", "Sheets",
        "Registry", "Directory", "Messages", "Support", "Yams",
      ],
      exclude: ["README.md"],
      swiftSettings: strict
    ),
    .target(
      name: "Repository",
      dependencies: [
        "Encodings", "PKI", "Credentials", "TransparencyLog", "Storefronts", "Messages", "Verification", "Directory",
        "Support",
      ],
      exclude: ["README.md"],
      swiftSettings: strict
    ),
    .target(
      name: "LogClients",
      dependencies: [
        "Encodings", "PKI", "Credentials", "TransparencyLog", "Storefronts", "Messages", "Verification", "Directory",
        "Repository", "Support",
      ],
      exclude: ["README.md"],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "khatm",
      dependencies: [
        "Vocabulary", "Encodings", "PKI", "Credentials", "Storefronts", "Profiles", "Sheets", "Registry", "Issuance",
        "Messages", "Artwork", "Verification", "Repository", "LogClients", "TransparencyLog", "Support",
        "Yams",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["README.md"],
      swiftSettings: strict
    ),
    // The verify service: exposed, no issuing key, no register. NIO and the rest are in Hummingbird's graph anyway.
    .executableTarget(
      name: "khatmd",
      dependencies: [
        "Encodings", "PKI", "Credentials", "Storefronts", "Messages", "Artwork", "Verification", "Directory",
        "Repository", "LogClients", "TransparencyLog", "Support",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"), .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      exclude: ["README.md"],
      swiftSettings: strict
    ),
    // Speeds beside their limits: make bench.
    .executableTarget(
      name: "khatm-bench",
      dependencies: [
        "Vocabulary", "Encodings", "PKI", "Credentials", "TransparencyLog", "Registry", "Sheets", "Profiles",
        "Issuance",
        "Verification", "Repository", "LogClients", "Storefronts", "Fixtures",
        .product(name: "Hummingbird", package: "hummingbird"), .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      path: "Benchmarks",
      swiftSettings: strict
    ),

    // Shared by tests: where vectors are, and a small authority with real keys.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    .target(
      name: "Fixtures",
      dependencies: ["Encodings", "PKI", "Credentials", "Storefronts", "Directory", "TransparencyLog"],
      path: "Tests/Fixtures",
      swiftSettings: strict
    ),
    .testTarget(name: "SupportTests", dependencies: ["Support"], swiftSettings: strict),
    .testTarget(name: "EncodingsTests", dependencies: ["Encodings", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "PKITests",
      dependencies: ["PKI", "Encodings", "Fixtures", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "CredentialsTests",
      dependencies: ["Credentials", "Encodings", "PKI", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "TransparencyLogTests",
      dependencies: ["TransparencyLog", "Encodings", "Fixtures", "PKI", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "StorefrontsTests",
      dependencies: ["Storefronts", "Encodings", "Yams", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(name: "MessagesTests", dependencies: ["Messages"], swiftSettings: strict),
    .testTarget(name: "ArtworkTests", dependencies: ["Artwork", "Encodings", "Messages"], swiftSettings: strict),
    .testTarget(name: "ProfilesTests", dependencies: ["Profiles", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "SheetsTests",
      dependencies: ["Sheets", "Encodings", "Storefronts", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "VerificationTests",
      dependencies: [
        "Verification", "Credentials", "Encodings", "Fixtures", "Messages", "PKI", "Storefronts", "TransparencyLog",
        "TestSupport",
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "LogClientsTests",
      dependencies: [
        "LogClients", "Credentials", "Encodings", "Fixtures", "Messages", "PKI", "Repository", "Storefronts",
        "TransparencyLog", "Verification", "TestSupport",
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "IssuanceTests",
      dependencies: [
        "Issuance", "Vocabulary", "Credentials", "Directory", "Encodings", "Messages", "PKI", "Repository",
        "Verification", "Profiles", "Registry", "Sheets", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "RecordsTests",
      dependencies: [
        "Records", "Credentials", "Encodings", "Fixtures", "PKI", "Storage", "Support", "TestSupport", "TransparencyLog",
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "RegistryTests",
      dependencies: [
        "Registry", "Storage", "Vocabulary", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "khatmdTests",
      dependencies: [
        "khatmd", "Credentials", "Encodings", "Fixtures", "LogClients", "Messages", "PKI", "Repository", "Storefronts",
        "TransparencyLog", .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict
    ),
    // Runs the built programs; they are dependencies only so that they are built before.
    .testTarget(
      name: "CommandTests",
      dependencies: ["khatm", "khatmd", "TestSupport"],
      exclude: ["Scripts"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "RepositoryTests",
      dependencies: [
        "Repository", "Verification", "Credentials", "Encodings", "Fixtures", "Messages", "PKI", "TransparencyLog",
      ],
      swiftSettings: strict
    ),
  ]
)
