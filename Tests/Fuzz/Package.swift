// swift-tools-version: 6.2

// Readers of outside bytes under libFuzzer, and mutants of signed things against the verifier. A package of its own: it
// is built with other flags than the product (Scripts/fuzz, Scripts/mutants). GRDB, Yams and swift-system are those
// that the product was built with.
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, path: "Modules/\(name)", swiftSettings: settings)
}

let package = Package(
  name: "khatm-fuzz",
  dependencies: [
    .package(path: "../../.build/checkouts/GRDB.swift"), .package(path: "../../.build/checkouts/Yams"),
    .package(path: "../../.build/checkouts/swift-system"),
  ],
  targets: [
    .systemLibrary(name: "COpenSSL", path: "Modules/COpenSSL", pkgConfig: "openssl"),
    .systemLibrary(name: "CSQLite", path: "Modules/CSQLite", pkgConfig: "sqlite3"),
    .systemLibrary(name: "CZlib", path: "Modules/CZlib", pkgConfig: "zlib"),
    .systemLibrary(name: "CIDN2", path: "Modules/CIDN2", pkgConfig: "libidn2"),
    .systemLibrary(name: "CCurl", path: "Modules/CCurl", pkgConfig: "libcurl"),
    module("Support", [.product(name: "SystemPackage", package: "swift-system")]),
    module("Encodings", []),
    module("PKI", ["COpenSSL"]),
    module("Credentials", ["Encodings", "PKI", "CZlib"]),
    module("TransparencyLog", ["Encodings", "PKI"]),
    module("Storefronts", ["Encodings", "CIDN2", "CCurl", "CZlib"]),
    module("Messages", []),
    module("Sheets", ["Encodings", "Support"]),
    module(
      "Verification",
      ["Encodings", "PKI", "Credentials", "Storefronts", "Messages", "TransparencyLog", "Support"]
    ),
    module("Profiles", ["Yams"]),
    module("Storage", ["CSQLite", .product(name: "GRDB", package: "GRDB.swift")]),
    module("Directory", ["Encodings", "Storage", .product(name: "GRDB", package: "GRDB.swift")]),
    module(
      "PublishedRepository",
      [
        "Encodings", "PKI", "Credentials", "TransparencyLog", "Storefronts", "Messages", "Verification", "Directory",
        "Support",
      ]
    ),
    module(
      "LogClients",
      [
        "Encodings", "PKI", "Credentials", "TransparencyLog", "Storefronts", "Messages", "Verification", "Directory",
        "PublishedRepository", "Support",
      ]
    ),
    .executableTarget(
      name: "fuzz",
      dependencies: ["Encodings", "PKI", "Credentials", "TransparencyLog", "Storefronts", "Sheets", "Profiles"],
      swiftSettings: settings
    ),
    .executableTarget(
      name: "mutants",
      dependencies: [
        "Encodings", "PKI", "Credentials", "TransparencyLog", "Storefronts", "Messages", "Verification", "LogClients",
      ],
      swiftSettings: settings
    ),
  ]
)
