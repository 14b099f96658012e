import Credentials
import Directory
import Encodings
import Foundation
import GRDB
import PKI
import Profiles
import Registry
import Testing
import Vocabulary

@testable import Issuance

/// A command that was cut off between the register and `public/`: whatever comes next completes it.
@Suite struct CutOffTests {
  private func listed(_ home: Home) throws -> [String] {
    let token = try #require(try Files.read(home.publicPath + "/.well-known/chamber-trust-list.jwt", limit: 1 << 22))
    let list = try TrustList(payload: try CompactJWS.parse(token, maxBytes: 1 << 22).payloadObject(limits: .document))
    return list.entities.map(\.id.string) + list.entities.flatMap(\.services).flatMap(\.keys).map(\.keyID.string)
  }

  /// Found by cutting the power in `khatm officer add`: the key was on disk and the register did not know the officer,
  /// who could then never be added under that name.
  @Test func anOfficersKeyWithoutTheOfficer() throws {
    let test = try TestHome()
    let own = OfficerCredentials(folder: test.home.officersPath) { TestHome.officerPassphrase }
    let file = test.home.officersPath + "/noor.key.pem"
    let left = try KeyStore(folder: test.home.officersPath) { TestHome.officerPassphrase }.make(
      .ed25519,
      file: "noor.key.pem"
    )
    let before = try Files.read(file, limit: 1 << 16)
    // Not with another passphrase: then it is somebody else's.
    let other = OfficerCredentials(folder: test.home.officersPath) { Array("another passphrase".utf8) }
    #expect(
      try refusal {
        _ = try test.session().setup.addOfficer(name: "noor", chamber: "dubai", roles: [.clerk], credentials: other)
      } == "officer_key_exists"
    )
    #expect(try Files.read(file, limit: 1 << 16) == before)
    let officer = try test.session().setup.addOfficer(name: "noor", chamber: "dubai", roles: [.clerk], credentials: own)
    #expect(officer.publicKey == left.publicKey.subjectPublicKeyInfo())
    _ = try test.session("noor").issuer.issue([1])
    // A key that is an officer's already is nobody else's.
    try FileManager.default.copyItem(atPath: file, toPath: test.home.officersPath + "/nura.key.pem")
    #expect(
      try refusal {
        _ = try test.session().setup.addOfficer(name: "nura", chamber: "dubai", roles: [.clerk], credentials: own)
      } == "officer_key_exists"
    )
  }

  /// Found by cutting the power in `khatm approve`, which approves and then carries out: the same command could not be
  /// given again.
  @Test func anApprovalWithoutWhatItWasFor() throws {
    let test = try TestHome()
    let request = try #require(try test.session("amal").issuer.issue([1], "trusted-membership").refused[0].request)
    #expect(try test.session("omar").approvals.approve(request, acceptsNames: false).agreed == 2)
    #expect(try test.session("omar").approvals.approve(request, acceptsNames: false).agreed == 2)
    // One signature each, and who asked still approves nothing.
    #expect(try test.session().registry.requests.approvals(of: request).count == 2)
    #expect(
      try refusal { _ = try test.session("amal").approvals.approve(request, acceptsNames: false) } == "role_missing"
    )
    guard case .issue(let outcome) = try test.session("omar").runner.run(request) else {
      Issue.record("not issued")
      return
    }
    #expect(outcome.issued.count == 1)
  }

  /// A long run writes its records beside the commits. They are what publication alone would have written; and where
  /// they could not be written, the run says so, nothing of it is lost, and the next command completes it.
  @Test func aLongRunAndItsRecords() throws {
    let test = try TestHome()
    let count = SigningPipeline.batchSize + 60
    let path = test.home.publicPath + "/directory.sqlite"
    let numbers = Array(21..<(21 + 2 * count))
    func records() throws -> [String: PublicRecord] {
      var found: [String: PublicRecord] = [:]
      try DirectoryFile.readable(at: path).forEachToken { found[$0.id] = $0 }
      return found
    }
    do {
      let session = try test.session()
      #expect(try session.members.importMembers(Array(TestHome.sheet(numbers).utf8)).imported == 2 * count)
      #expect(try session.issuer.issue(Array(numbers[..<count])).issued.count == count)
      #expect(try session.registry.publications.unpublished().newest == nil)
    }
    let written = try records()
    #expect(written.count == count)
    try FileManager.default.removeItem(atPath: path)
    try test.session().publisher.finishAndPublish(everything: false)
    #expect(try records() == written)

    do {
      var settings = Configuration()
      settings.busyMode = .timeout(5)
      settings.allowsUnsafeTransactions = true
      let other = try DatabaseQueue(path: path, configuration: settings)
      let session = try test.session()
      var locked = 0
      let orders = try numbers[count...].map { IssueOrder(member: try session.member($0), row: $0) }
      let programme = try #require(session.profiles.programme("verified-membership"))
      // From the first commit on somebody else holds the directory, for longer than the writer waits.
      #expect(throws: DirectoryFailure.self) {
        try session.issuer.issue(orders, programme: programme) { _ in
          if locked == 0 {
            do {
              try other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
            } catch {
              Issue.record(error)
            }
          }
          locked += 1
        }
      }
      try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
      #expect(locked == 2)
    }
    #expect(try test.session().registry.credentials.matching(CredentialFilter()).count == 2 * count)
    try test.session().publisher.finishAndPublish(everything: false)
    #expect(try records().count == 2 * count)
    #expect(try test.session().registry.publications.unpublished().newest == nil)
    #expect(try test.session().issuer.issue(Array(numbers[count...])).unchanged.count == count)
  }

  /// Found by killing `khatm chamber add`: the chamber stood in the register, and no list named it for days.
  @Test func theListNamesEveryChamberAndKey() throws {
    let test = try TestHome()
    let id = try test.session().issuer.issue([1]).issued[0].id
    let blocked = test.home.publicPath + "/.well-known/.chamber-trust-list.jwt.new"
    func cutOff(_ body: () throws -> Void) throws {
      // A folder under the name of the file to be written, so that publishing stops there.
      try FileManager.default.createDirectory(atPath: blocked, withIntermediateDirectories: true)
      #expect(throws: (any Error).self, performing: body)
      try FileManager.default.removeItem(atPath: blocked)
    }
    try cutOff {
      _ = try test.session().setup.addChamber(
        slug: "sharjah",
        nameEn: "Sharjah Chamber (sample)",
        nameAr: "غرفة الشارقة (نموذج)",
        jurisdiction: "AE-SH",
        domain: "sharjah-chamber.example"
      )
    }
    #expect(try !listed(test.home).contains("did:web:sharjah-chamber.example"))
    try test.session().publisher.finishAndPublish(everything: false)
    #expect(try listed(test.home).contains("did:web:sharjah-chamber.example"))

    try cutOff { _ = try test.session().exporter.document(try CredentialID(reading: id)) }
    _ = try test.session().issuer.issue([2])
    let key = try #require(
      try test.session().registry.keys.all(chamber: "dubai").first { $0.purpose == .dataIntegrity }
    )
    #expect(try listed(test.home).contains(key.kid))
    // And nothing is made anew without a reason.
    let before = try Files.read(test.home.publicPath + "/.well-known/chamber-trust-list.jwt", limit: 1 << 22)
    try test.session().publisher.finishAndPublish(everything: false)
    #expect(try Files.read(test.home.publicPath + "/.well-known/chamber-trust-list.jwt", limit: 1 << 22) == before)
  }
}
