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
    // Our own YAML files (profiles, platforms); never an outsider's bytes: Profiles, Storefronts.
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    .target(name: "Encodings", swiftSettings: strict),
    .target(name: "Registry", dependencies: ["Encodings", .product(name: "GRDB", package: "GRDB.swift")], swiftSettings: strict),
    .target(name: "Directory", dependencies: ["Encodings", .product(name: "GRDB", package: "GRDB.swift")], swiftSettings: strict),
  ])
