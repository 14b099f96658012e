import Encodings
import Foundation
import PKI
import Registry
import Testing
import Vocabulary

@testable import Issuance

/// Private keys in files: what is asked for, what is refused, and what a reader of the file learns.
@Suite struct KeyStoreTests {
  private static let passphrase = Array("correct horse".utf8)

  /// A folder that is gone after the test, with a count of how often the passphrase was asked for.
  private final class Folder {
    let path = FileManager.default.temporaryDirectory.appending(path: "khatm-keys-\(UUID().uuidString)").path
    var asked = 0
    func store(_ passphrase: [UInt8] = KeyStoreTests.passphrase) -> KeyStore {
      KeyStore(folder: path) { [self] in
        asked += 1
        return passphrase
      }
    }
    func file(_ name: String) -> String { "\(path)/\(name)" }
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private func spki(_ key: PrivateKey) -> [UInt8] { key.publicKey.subjectPublicKeyInfo() }

  @Test func aKeyIsWrittenBeforeAnyoneReliesOnIt() throws {
    let folder = Folder()
    try Files.makeFolder(folder.path, mode: 0o700)
    let store = folder.store()
    let key = try store.make(.ed25519, file: "a.key.pem")
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("a.key.pem"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    let bytes = try #require(try Files.read(folder.file("a.key.pem"), limit: 1 << 16))
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.hasPrefix("-----BEGIN " + "ENCRYPTED PRIVATE KEY-----"))
    // What was made is at hand: nothing is read or asked for.
    try FileManager.default.removeItem(atPath: folder.file("a.key.pem"))
    #expect(try spki(store.key("a.key.pem", publicKey: spki(key))) == spki(key))
    #expect(folder.asked == 1)
    try Files.replace(folder.file("a.key.pem"), with: bytes, mode: 0o600)
    // Another store reads it once, and asks once.
    let other = folder.store()
    let read = try other.key("a.key.pem", publicKey: spki(key))
    #expect(read.kind == .ed25519 && spki(read) == spki(key))
    #expect(try other.key("a.key.pem", publicKey: spki(key)) === read && folder.asked == 2)
  }

  @Test func whatIsNotTheKeyOfTheRegister() throws {
    let folder = Folder()
    try Files.makeFolder(folder.path, mode: 0o700)
    let first = folder.store()
    let key = try first.make(.ed25519, file: "a.key.pem")
    let other = try first.make(.p256, file: "b.key.pem")
    let file = folder.file("a.key.pem")
    func reason(_ passphrase: [UInt8] = Self.passphrase, _ name: String = "a.key.pem", _ publicKey: [UInt8]? = nil)
      throws
      -> IssuanceFailure?
    {
      try failure { _ = try folder.store(passphrase).key(name, publicKey: publicKey ?? spki(key)) }
    }
    #expect(try reason() == nil)
    #expect(
      try reason(Self.passphrase, "a.key.pem", spki(other))
        == .keyUnusable(file: "a.key.pem", why: "it is not the key that the register names")
    )
    #expect(try reason(Array("wrong horse".utf8)) == .passphraseWrong(file: "a.key.pem"))
    #expect(try reason(Array("1234567".utf8)) == .passphraseTooShort(minimum: 8))
    #expect(try reason(Array("12345678".utf8)) == .passphraseWrong(file: "a.key.pem"))
    #expect(try reason(Self.passphrase, "none.pem") == .keyMissing(file: "none.pem", folder: folder.path))
    for mode in [0o640, 0o604, 0o620, 0o601] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
      #expect(
        try reason() == .keyUnusable(file: "a.key.pem", why: "others may read it (its mode must be 0600)"),
        "\(String(mode, radix: 8))"
      )
    }
    for mode in [0o600, 0o400] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
      #expect(try reason() == nil)
    }
    // What is in the clear, or nothing at all.
    try Files.replace(file, with: Array("garbage".utf8), mode: 0o600)
    guard case .keyUnusable("a.key.pem", _)? = try reason() else {
      Issue.record("garbage is a key")
      return
    }
  }

  @Test func whatACommandLeft() throws {
    let folder = Folder()
    try Files.makeFolder(folder.path, mode: 0o700)
    let key = try folder.store().make(.ed25519, file: "a.key.pem")
    #expect(try spki(folder.store().left("a.key.pem")) == spki(key))
    #expect(
      try failure { _ = try folder.store().left("b.key.pem") } == .keyMissing(file: "b.key.pem", folder: folder.path)
    )
    guard
      case .keyUnusable("a.key.pem", _)? = try failure({
        _ = try folder.store(Array("wrong horse".utf8)).left("a.key.pem")
      })
    else {
      Issue.record("opened by another passphrase")
      return
    }
  }

  /// Keys decrypted ahead are judged like the others, when they are asked for.
  @Test func keysDecryptedAhead() throws {
    let folder = Folder()
    try Files.makeFolder(folder.path, mode: 0o700)
    let first = folder.store()
    let keys = try ["a", "b"].map { try first.make(.ed25519, file: "\($0).key.pem") }
    folder.asked = 0
    let store = folder.store()
    try store.warm(["a.key.pem"])
    #expect(folder.asked == 0, "one alone is not worth it")
    try store.warm(["a.key.pem", "b.key.pem", "none.pem"])
    #expect(folder.asked == 1)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder.file("b.key.pem"))
    #expect(try spki(store.key("a.key.pem", publicKey: spki(keys[0]))) == spki(keys[0]))
    #expect(throws: IssuanceFailure.self) { try store.key("b.key.pem", publicKey: spki(keys[1])) }
    #expect(throws: IssuanceFailure.keyMissing(file: "none.pem", folder: folder.path)) {
      try store.key("none.pem", publicKey: [])
    }
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.file("b.key.pem"))
    #expect(throws: IssuanceFailure.self) { try store.key("b.key.pem", publicKey: spki(keys[0])) }
    #expect(try spki(store.key("b.key.pem", publicKey: spki(keys[1]))) == spki(keys[1]))
    #expect(folder.asked == 1)
    // With the wrong passphrase it is explained when the key is asked for, not before.
    let wrong = folder.store(Array("wrong horse".utf8))
    try wrong.warm(["a.key.pem", "b.key.pem"])
    #expect(throws: IssuanceFailure.passphraseWrong(file: "a.key.pem")) {
      try wrong.key("a.key.pem", publicKey: spki(keys[0]))
    }
    #expect(throws: IssuanceFailure.passphraseTooShort(minimum: 8)) {
      try folder.store([1]).warm(["a.key.pem", "b.key.pem"])
    }
  }

  @Test func theKeyInUse() throws {
    let desk = try Desk()
    let session = try desk.session()
    let old = try session.keys.current(.signer, of: "dubai")
    #expect(old.file == "dubai-signer-1.key.pem" && old.state == .current)
    let later = try desk.session(at: TestHome.start + 60)
    let new = try later.setup.renewSigner(of: "dubai")
    #expect(try later.keys.current(.signer, of: "dubai").kid == new.kid)
    #expect(try session.keys.key(of: old).publicKey.subjectPublicKeyInfo() == old.publicKey, "it is kept")
    #expect(
      try failure { _ = try session.keys.current(.openBadge, of: "dubai") }
        == .keyUnusable(file: "dubai open-badge", why: "the register names no current key")
    )
    #expect(
      try failure { _ = try session.keys.current(.answer, of: nil) }
        == .keyUnusable(file: "authority answer", why: "the register names no current key")
    )
    #expect(throws: IssuanceFailure.self) { try session.keys.current(.signer, of: nil) }
  }
}
