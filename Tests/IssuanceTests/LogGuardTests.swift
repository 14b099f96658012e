import Credentials
import Encodings
import Foundation
import PKI
import Registry
import Testing
import Vocabulary

@testable import Issuance

/// The log never forks: what was shown before is compared, all of it, before anything is signed.
@Suite struct LogGuardTests {
  private func failure(_ body: () throws -> Void) throws -> IssuanceFailure? {
    do {
      try body()
      return nil
    } catch let failure as IssuanceFailure {
      return failure
    }
  }
  private func put(_ from: String, _ to: String) throws {
    try? FileManager.default.removeItem(atPath: to)
    try FileManager.default.copyItem(atPath: from, toPath: to)
  }

  @Test func anotherTreeOfASmallerSize() throws {
    let test = try TestHome()
    let home = test.home
    let old = home.path + "/old"
    let shown = home.path + "/shown"
    try FileManager.default.copyItem(atPath: home.registryPath, toPath: old)
    _ = try test.session().issuer.issue([1])
    try put(home.rollbackGuardPath, shown)
    // The old register goes on after every record was lost: nobody here can know.
    try put(old, home.registryPath)
    try FileManager.default.removeItem(atPath: home.rollbackGuardPath)
    try FileManager.default.removeItem(atPath: home.publicPath)
    _ = try test.session(at: TestHome.start + 60).issuer.issue([2, 3])
    _ = try test.session(at: TestHome.start + 61).issuer.issue([4])
    // One record comes back, smaller than the register: its entries are not the register's.
    for path in [home.rollbackGuardPath, home.publicPath + "/checkpoint"] {
      let own = try #require(FileManager.default.contents(atPath: path))
      try put(shown, path)
      guard case .anotherLog(path, let size)? = try failure({ _ = try test.session(at: TestHome.start + 62) }) else {
        Issue.record("\(path)")
        continue
      }
      #expect(size > 0)
      try own.write(to: URL(filePath: path))
    }
    _ = try test.session(at: TestHome.start + 63).issuer.issue([5])
  }

  @Test func anOlderRecordOfTheSameTreeIsFine() throws {
    let test = try TestHome()
    let home = test.home
    let shown = home.path + "/shown"
    _ = try test.session().issuer.issue([1])
    try put(home.publicPath + "/checkpoint", shown)
    // More entries than a tile holds, so that the old root is made from stored and from made nodes.
    for round in 0..<3 {
      _ = try test.session(at: TestHome.start + 1 + Int64(round)).issuer.issue([
        2 + 4 * round, 3 + 4 * round, 4 + 4 * round, 5 + 4 * round,
      ])
    }
    try put(shown, home.publicPath + "/checkpoint")
    _ = try test.session(at: TestHome.start + 10).issuer.issue([20])
    #expect(
      FileManager.default.contents(atPath: home.publicPath + "/checkpoint")
        == FileManager.default.contents(atPath: home.rollbackGuardPath)
    )
  }

  @Test func whatCannotBeReadStopsEverything() throws {
    let test = try TestHome()
    let home = test.home
    _ = try test.session().issuer.issue([1])
    for path in [home.rollbackGuardPath, home.publicPath + "/checkpoint"] {
      let whole = try #require(FileManager.default.contents(atPath: path))
      var flipped = whole
      flipped[whole.count / 2] ^= 1
      for bytes in [Data(), Data("garbage".utf8), whole.dropLast(20), flipped] {
        try bytes.write(to: URL(filePath: path))
        guard case .checkpointUnreadable(path, _)? = try failure({ _ = try test.session() }) else {
          Issue.record("\(path)")
          continue
        }
      }
      try whole.write(to: URL(filePath: path))
    }
    _ = try test.session().issuer.issue([2])
  }

  /// A cosignature stays published as long as the log stands still.
  @Test func cosignaturesAreKept() throws {
    let test = try TestHome()
    let path = test.home.publicPath + "/checkpoint"
    _ = try test.session().issuer.issue([1])
    let line = "— b.example/witness " + Base64.encode([UInt8](repeating: 7, count: 76)) + "\n"
    let cosigned = try #require(FileManager.default.contents(atPath: path)) + Data(line.utf8)
    try cosigned.write(to: URL(filePath: path))
    try test.session().publisher.publish()
    #expect(FileManager.default.contents(atPath: path) == cosigned)
    _ = try test.session().issuer.issue([2])
    #expect(
      FileManager.default.contents(atPath: path)?.count
        == FileManager.default.contents(atPath: test.home.rollbackGuardPath)?.count
    )
  }

  @Test func answerKeysAreNamedInTheList() throws {
    let test = try TestHome()
    let key = try PrivateKey.generate(.p256).publicKey
    func list() throws -> TrustList {
      let root = try Certificate(pem: Array(FileManager.default.contents(atPath: test.home.anchorPath) ?? Data()))
      let token = Array(
        FileManager.default.contents(atPath: test.home.publicPath + "/" + Publisher.trustListPath) ?? Data()
      )
      return try TrustList.read(token, root: root.publicKey, rootSHA256: root.sha256)
    }
    #expect(try refusal { _ = try test.session("huda").setup.addAnswerKey(key, days: 30) } == "registrar_only")
    #expect(try list().answerKeys.isEmpty)
    let before = try list().sequenceNumber
    let kid = try test.session().setup.addAnswerKey(key, days: 30)
    let named = try #require(try list().answerKeys.first)
    #expect(
      named.keyID == Text(kid) && named.jwk.publicKey == key && named.purpose == .answer
        && named.notBefore == TestHome.start && named.expires == TestHome.start + 30 * 86_400
    )
    #expect(try list().sequenceNumber > before)
    // Also in the next list, and never a key that signs something else.
    try test.session().publisher.publish(everything: true)
    #expect(try list().answerKeys.map(\.keyID) == [Text(kid)])
    let signer = try #require(try list().entities.first?.services.first?.keys.first?.jwk.publicKey)
    #expect(try refusal { _ = try test.session().setup.addAnswerKey(signer, days: 30) } == "key_in_use")
    #expect(
      try refusal { _ = try test.session().setup.addAnswerKey(try PrivateKey.generate(.p384).publicKey, days: 30) }
        == "key_kind"
    )
  }
}
