import Encodings
import Fixtures
import Foundation
import LogClients
import PKI
import Testing
import TransparencyLog

/// A witness cosigns what continues what it cosigned before.
@Suite struct WitnessTests {
  struct Bench {
    let authority: TestPublisher, scratch: Scratch, signer: NoteSigner
    init() throws {
      authority = try TestPublisher()
      scratch = try Scratch()
      signer = try NoteSigner(name: "chamber-b.example/witness", kind: .cosignature, privateKey: .generate(.ed25519))
    }
    var state: String { scratch["state"] }
    /// Where the state is written before it is renamed.
    var draft: String { scratch[".state.new"] }
    func cosign(time: UInt64 = 1_795_000_100) throws(FollowFailure) -> WitnessService.Cosigned {
      let policy: LogPolicy
      do {
        policy = try authority.trust.policy
      } catch {
        throw .missing(path: "\(error)")
      }
      return try WitnessService.cosign(
        .folder(authority.path),
        policy: policy,
        state: state,
        signer: signer,
        time: time
      )
    }
  }

  @Test func cosignsAGrowingLog() throws {
    let bench = try Bench()
    var sizes: [UInt64] = []
    for number in 0..<40 {
      try bench.authority.issue(.init(number))
      try bench.authority.publish()
      let cosigned = try bench.cosign()
      #expect(cosigned.previous == sizes.last ?? 0)
      sizes.append(cosigned.checkpoint.size)
      // Whoever asks for the witness finds it, with its time.
      let policy = try LogPolicy(
        origin: Text(bench.authority.host + "/log"),
        logKeys: [bench.authority.logSigner.verifierKey],
        witnesses: [bench.signer.verifierKey],
        quorum: 1
      )
      #expect(try policy.open(cosigned.note).cosignatures.map(\.time) == [1_795_000_100])
      #expect(throws: LogRejection.quorumMissing(needed: 1, found: 0)) {
        try policy.open(bench.authority.checkpoints.last ?? [])
      }
    }
    // The same again is no news and no harm.
    #expect(try bench.cosign().checkpoint.size == sizes.last)
  }

  @Test func refusesAForkAndASmallerTree() throws {
    let bench = try Bench()
    let authority = bench.authority
    for number in 0..<5 { try authority.issue(.init(number)) }
    try authority.publish()
    let kept = Int(try bench.cosign().checkpoint.size)
    let note = authority.checkpoints.last ?? []
    try authority.issue(.init(8))
    try authority.publish()
    let newest = try bench.cosign()
    let stored = try Data(contentsOf: URL(filePath: bench.state))
    // An old checkpoint, put back.
    try authority.write("checkpoint", note)
    do {
      _ = try bench.cosign()
      Issue.record("a smaller tree was cosigned")
    } catch {
      #expect(error.code == "log_rollback")
    }
    // The register restored from an old copy, and a different certificate issued in its place: guard and checkpoint are
    // gone, only the witness remembers.
    try authority.restore(to: kept)
    try authority.issue(.init(9))
    try authority.publish()
    do {
      _ = try bench.cosign()
      Issue.record("a fork of the same size was cosigned")
    } catch {
      #expect(error.code == "log_fork")
    }
    for number in 20..<30 { try authority.issue(.init(number)) }
    try authority.publish()
    do {
      _ = try bench.cosign()
      Issue.record("a longer fork was cosigned")
    } catch {
      #expect(error.code == "log_inconsistent" || error.code == "log_invalid", "\(error)")
    }
    #expect(try Data(contentsOf: URL(filePath: bench.state)) == stored)
    #expect(Array(stored) == newest.checkpoint.note)
  }

  @Test func nothingLeavesBeforeTheStateIsOnDisk() throws {
    let bench = try Bench()
    try bench.authority.issue()
    try bench.authority.publish()
    // The state cannot be written: a folder stands in its place.
    try FileManager.default.createDirectory(atPath: bench.draft + "/x", withIntermediateDirectories: true)
    do {
      _ = try bench.cosign()
      Issue.record("it signed without a memory")
    } catch {
      #expect(error.isFailure, "\(error)")
    }
    #expect(!FileManager.default.fileExists(atPath: bench.state))
  }

  @Test func anotherLogIsRefused() throws {
    let bench = try Bench()
    let other = try TestPublisher(host: "other.example")
    try bench.authority.issue()
    try bench.authority.publish()
    try bench.authority.write("checkpoint", other.checkpoints.last ?? [])
    do {
      _ = try bench.cosign()
      Issue.record("another log was cosigned")
    } catch {
      #expect(error.code == "other_log")
    }
    // The right name, the wrong key.
    let twin = try TestPublisher(host: bench.authority.host)
    try bench.authority.write("checkpoint", twin.checkpoints.last ?? [])
    do {
      _ = try bench.cosign()
      Issue.record("another key's log was cosigned")
    } catch {
      #expect(!error.isFailure)
    }
  }

  @Test func onlyGoodLinesAreAttached() throws {
    let bench = try Bench()
    try bench.authority.issue()
    try bench.authority.publish()
    let cosigned = try bench.cosign()
    let note = bench.authority.checkpoints.last ?? []
    let stranger = try NoteSigner(name: "stranger.example/witness", kind: .cosignature, privateKey: .generate(.ed25519))
    let foreign = try WitnessService.cosign(
      .folder(bench.authority.path),
      policy: bench.authority.trust.policy,
      state: bench.scratch["other"],
      signer: stranger,
      time: 5
    )
    let attached = try WitnessService.attach(
      [cosigned.note, foreign.note, foreign.line, cosigned.line, [1, 2, 3]],
      to: note,
      witnesses: [bench.signer.verifierKey],
      times: 0...UInt64.max
    )
    #expect(attached == note + cosigned.line)
    // A line over an older checkpoint does not hold over this one.
    try bench.authority.issue(.init(2))
    try bench.authority.publish()
    let newer = bench.authority.checkpoints.last ?? []
    #expect(
      try WitnessService.attach(
        [cosigned.note, cosigned.line],
        to: newer,
        witnesses: [bench.signer.verifierKey],
        times: 0...UInt64.max
      ) == newer
    )
  }
}
