internal import Dispatch
internal import Foundation
internal import PKI
internal import Registry
internal import Support
internal import Vocabulary

/// Private keys as encrypted PKCS#8 files of mode 0600; each is decrypted at most once in a run, when it is first
/// needed.
package final class KeyStore {
  /// Short enough to type, long enough that 2^14 rounds of scrypt make guessing expensive.
  package static let shortestPassphrase = 8

  private let folder: String
  private let passphrase: () throws -> [UInt8]
  private var cached: [String: PrivateKey] = [:]
  /// Being decrypted ahead; whether file and public half are as they must be is looked at when they are asked for.
  private var warming: [String: BackgroundResult<PrivateKey?>] = [:]
  private var secret: [UInt8]?

  /// - Parameter passphrase: asked once, when the first key is needed.
  package init(folder: String, passphrase: @escaping () throws -> [UInt8]) {
    self.folder = folder
    self.passphrase = passphrase
  }

  deinit {
    for pending in warming.values { _ = try? pending.get() }  // it holds the passphrase until then
    if var secret { PKI.wipe(&secret) }
  }

  private func ask() throws -> [UInt8] {
    if let secret { return secret }
    let given = try passphrase()
    guard given.count >= Self.shortestPassphrase else {
      throw IssuanceFailure.passphraseTooShort(minimum: Self.shortestPassphrase)
    }
    secret = given
    return given
  }

  /// The private key in `file`; its public half is compared with what the register says.
  func key(_ file: String, publicKey: [UInt8]) throws -> PrivateKey {
    if let key = cached[file] { return key }
    let path = folder + "/" + file
    guard let bytes = try Files.read(path, limit: 1 << 16) else {
      throw IssuanceFailure.keyMissing(file: file, folder: folder)
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & 0o077 == 0 else {
      throw IssuanceFailure.keyUnusable(file: file, why: "others may read it (its mode must be 0600)")
    }
    let key: PrivateKey
    do {
      key = try warmed(file) ?? PrivateKey(encryptedPEM: bytes, passphrase: try ask())
    } catch let error as KeyRejection {
      if error == .wrongPassphrase { throw IssuanceFailure.passphraseWrong(file: file) }
      throw IssuanceFailure.keyUnusable(file: file, why: error.words)
    }
    guard key.publicKey.subjectPublicKeyInfo() == publicKey else {
      throw IssuanceFailure.keyUnusable(file: file, why: "it is not the key that the register names")
    }
    cached[file] = key
    return key
  }

  /// A key that nothing names yet: what a command left that was cut off.
  func left(_ file: String) throws -> PrivateKey {
    guard let bytes = try Files.read(folder + "/" + file, limit: 1 << 16) else {
      throw IssuanceFailure.keyMissing(file: file, folder: folder)
    }
    do {
      return try PrivateKey(encryptedPEM: bytes, passphrase: try ask())
    } catch let error as KeyRejection {
      throw IssuanceFailure.keyUnusable(file: file, why: error.words)
    }
  }

  /// Decrypts several keys at once, beside whatever is done until the first is asked for: each costs a third of a
  /// second by intention. What fails here is tried again, and explained, when the key is asked for.
  func warm(_ files: [String]) throws {
    let missing = files.filter { cached[$0] == nil && warming[$0] == nil }
    guard missing.count > 1 else { return }
    let passphrase = try ask()
    let folder = folder
    for file in missing {
      warming[file] = BackgroundResult(on: .global(qos: .userInitiated)) {
        try Files.read(folder + "/" + file, limit: 1 << 16).map {
          try PrivateKey(encryptedPEM: $0, passphrase: passphrase)
        }
      }
    }
  }

  private func warmed(_ file: String) -> PrivateKey? {
    // tried again: see above
    guard let pending = warming.removeValue(forKey: file), let found = try? pending.get() else { return nil }
    return found
  }

  /// Makes a key and writes it before anyone can rely on it.
  func make(_ kind: KeyKind, file: String) throws -> PrivateKey {
    let key = try PrivateKey.generate(kind)
    try Files.replace(folder + "/" + file, with: try key.encryptedPEM(passphrase: try ask()), mode: 0o600)
    cached[file] = key
    return key
  }
}

/// The private keys that the register names: the authority's own and those of its chambers.
struct IssuingKeys {
  let store: KeyStore
  let registry: Registry

  /// What the register names as the key in use. No key file is read.
  /// - Parameter chamber: nil for the authority's own keys.
  func current(_ purpose: KeyPurpose, of chamber: String?) throws -> SigningKeyRecord {
    try registry.currentKey(purpose, of: chamber)
  }

  func key(of record: SigningKeyRecord) throws -> PrivateKey {
    try store.key(record.file, publicKey: record.publicKey)
  }

  /// Makes a key and writes it before anyone can rely on it.
  func make(_ kind: KeyKind, file: String) throws -> PrivateKey { try store.make(kind, file: file) }

  /// Decrypts at once what issuing for these chambers needs.
  func warm(for chambers: Set<String>) throws {
    let records = try [current(.log, of: nil)] + chambers.sorted().map { try current(.signer, of: $0) }
    try store.warm(records.map(\.file))
  }
}

extension Registry {
  /// The record of the key in use.
  func currentKey(_ purpose: KeyPurpose, of chamber: String?) throws -> SigningKeyRecord {
    guard let record = try keys.all(chamber: chamber).first(where: { $0.purpose == purpose && $0.state == .current })
    else {
      throw IssuanceFailure.keyUnusable(
        file: "\(chamber ?? "authority") \(purpose.rawValue)",
        why: "the register names no current key"
      )
    }
    return record
  }
}
