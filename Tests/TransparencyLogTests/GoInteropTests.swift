import Encodings
import Fixtures
import Foundation
import PKI
import TestSupport
import Testing
import TransparencyLog

/// Go's `sumdb/note` and `sumdb/tlog`, which share no code with Khatm, read a log that Khatm wrote. Runs when `go` and
/// the distribution's golang.org/x/mod are installed.
struct GoInteropTests {
  /// A Go program that ended with an error.
  struct Failed: Error { let output: String }

  static let packages = "/usr/share/gocode"

  @discardableResult
  private func run(_ command: [String], in folder: URL, environment: [String: String] = [:]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(output: output) }
    return output
  }

  /// Nil after a line that says what is missing.
  private func build(in folder: URL) throws -> URL? {
    let program = folder.appending(path: "go-log")
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    guard path.contains(where: { FileManager.default.isExecutableFile(atPath: "\($0)/go") }),
      FileManager.default.fileExists(atPath: Self.packages + "/src/golang.org/x/mod/sumdb/tlog")
    else {
      print("skipped: the log read by Go (install golang-go and golang-golang-x-mod-dev)")
      return nil
    }
    try run(
      ["go", "build", "-o", program.path, "main.go"],
      in: VectorSet.projectRoot.appending(path: "Tests/Interop/go-log"),
      environment: [
        "GO111MODULE": "off", "GOPATH": Self.packages, "GOCACHE": folder.appending(path: "cache").path, "GOFLAGS": "",
      ]
    )
    return program
  }

  private func write(_ bytes: [UInt8], to path: String, in folder: URL) throws {
    let file = folder.appending(path: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  @Test(.timeLimit(.minutes(allowedMinutes(5))))
  func goReadsOurLog() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "khatm-go-\(UInt64.random(in: 0...UInt64.max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer {
      do {
        try FileManager.default.removeItem(at: folder)
      } catch {
        print("left behind: \(folder.path)")
      }
    }
    guard let program = try build(in: folder) else { return }

    // 200 checkpoints of a log of credential entries, each cosigned by another chamber.
    let published = folder.appending(path: "public")
    var log = try SampleLog(origin: "log.chambers.example/2026")
    let witness = try NoteSigner(
      name: "witness.chamber-b.example",
      kind: .cosignature,
      privateKey: PrivateKey.generate(.ed25519)
    )
    var state = try WitnessState(policy: log.policy, stored: nil)
    var generator = SeededGenerator(seed: 200)
    var issued: [LogProofTests.Issued] = []
    var last: [UInt8] = []
    for number in 0..<200 {
      let growth = number == 0 ? 0 : Int.random(in: 0...16, using: &generator)
      let new = try (issued.count..<(issued.count + growth)).map { try LogProofTests.issue($0) }
      issued += new
      let old = log.tree.size
      try log.append(new.map(\.entry.bytes))
      let note = try log.publish()
      let proof = old == 0 ? [] : try Merkle.consistencyProof(from: old, to: log.tree.size, hashes: log.tree.reader)
      let accepted = try state.accept(AddCheckpointRequest(oldSize: old, proof: proof, checkpoint: note))
      last = try SignedNote.parse(note).adding(witness.cosign(accepted, time: 1_795_335_300 + UInt64(number))).bytes
      try write(last, to: "checkpoints/\(number)", in: published)
    }
    for (path, bytes) in log.files { try write(bytes, to: path, in: published) }
    try write(last, to: "checkpoint", in: published)
    try write(Array("\(log.signer.verifierKey)\n".utf8), to: "log.vkey", in: published)
    try write(Array("\(witness.verifierKey)\n".utf8), to: "witness.vkey", in: published)
    for index in stride(from: 0, to: issued.count, by: 13) {
      let credential = issued[index]
      let proof = try LogProof(
        extra: ProofExtra(entry: credential.entry, salt: credential.salt),
        index: UInt64(index),
        path: Merkle.inclusionProof(index: UInt64(index), size: log.tree.size, hashes: log.tree.reader),
        checkpoint: last
      )
      try write(proof.bytes, to: "proofs/\(index).tlog-proof", in: published)
      try write(credential.entry.bytes, to: "proofs/\(index).entry", in: published)
    }

    do {
      let output = try run([program.path, published.path], in: folder)
      print("go: \(output.trimmingCharacters(in: .newlines))")
      #expect(output.hasPrefix("ok: \(issued.count) entries, \(issued.count) inclusion proofs, 200 checkpoints, "))
    } catch let error as Failed {
      Issue.record("go refused our log: \(error.output)")
    }

    // The same program must refuse a log that is wrong, or the test above says nothing.
    let anyTile = Tile.hashTiles(from: 0, to: log.tree.size)[1].path
    for path in [
      "tile/entries/001", anyTile, "checkpoint", "checkpoints/150", "proofs/13.tlog-proof", "proofs/13.entry",
    ] {
      let file = published.appending(path: path)
      let good = try Data(contentsOf: file)
      var bad = good
      bad[bad.count / 2] ^= 0x01
      try bad.write(to: file)
      #expect(throws: Failed.self, "\(path)") { try run([program.path, published.path], in: folder) }
      try good.write(to: file)
    }
  }
}
