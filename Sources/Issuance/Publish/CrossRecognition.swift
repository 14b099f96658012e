internal import Credentials
internal import Encodings
internal import Foundation
package import PKI
package import Registry
internal import Vocabulary

/// Recognition of another country's authority: a pointer in our trust list to the root that signs theirs, and a copy of
/// what they publish beside ours, so that readers of our folder can judge their certificates. One hop: what they point
/// to is theirs alone.
package struct CrossRecognition: Service {
  let session: AuthoritySession

  /// Recognises the authority whose published folder is at `folder`.
  /// - Parameter root: their root certificate as they handed it over; the one in the folder must be the same.
  package func recognise(folder: String, root: Certificate) throws -> Recognition {
    try session.requireRegistrar(act: .recogniseAdd, subject: folder)
    let list = try neighbourList(folder, root: root)
    guard let host = list.issuer.dropping(prefix: "https://")?.string, HostName.isValid(host.utf8),
      !AuthoritySetup.hasControls(list.schemeName.string)
    else {
      throw ActRejection(.neighbourUnusable(why: "its list is of no plain host"), subject: folder)
    }
    let known = try registry.recognitions.all().filter { $0.until == nil }
    guard host != authority.host, root.sha256 != (try ownRoot()) else {
      throw session.recordRejection(ActRejection(.neighbourIsOurs, subject: host), act: .recogniseAdd)
    }
    guard !known.contains(where: { $0.host == host || $0.rootSHA256 == root.sha256 }) else {
      throw session.recordRejection(ActRejection(.neighbourKnown, subject: host), act: .recogniseAdd)
    }
    // Our list speaks alone about every chamber it names; theirs naming one of ours would only make people look twice.
    let other = Recognition(
      host: host,
      name: list.schemeName.string,
      location: list.subject.string,
      root: root.der,
      rootSHA256: root.sha256,
      since: now.seconds
    )
    let detail: JSON = [
      "root": JSON(Hex.encode(root.sha256)), "location": .string(list.subject),
      "sequence": .integer(list.sequenceNumber),
    ]
    try session.record(.init(.recogniseAdd, on: host, detail: detail)) {
      try registry.recognitions.add(other, audit: $0)
    }
    try copyNeighbour(folder, host: host)
    try session.publisher.publish(trustListChanged: true)
    return other
  }

  /// Takes over what a recognised authority has published since.
  package func updateRecognised(folder: String) throws -> Recognition {
    try session.requireRegistrar(act: .recogniseUpdate, subject: folder)
    for other in try registry.recognitions.all() where other.until == nil {
      // it is of another one
      guard let list = try? neighbourList(folder, root: try Certificate(der: other.root)) else { continue }
      let held = "\(home.publicPath)/recognised/\(other.host)"
      if let mine = try? neighbourList(held, root: try Certificate(der: other.root)),
        mine.sequenceNumber > list.sequenceNumber
      {  // nothing held yet is no newer one
        throw session.recordRejection(
          ActRejection(.neighbourOlder(held: mine.sequenceNumber, given: list.sequenceNumber), subject: other.host),
          act: .recogniseUpdate
        )
      }
      try copyNeighbour(folder, host: other.host)
      let detail: JSON = ["sequence": .integer(list.sequenceNumber)]
      try session.record(.init(.recogniseUpdate, on: other.host, detail: detail))
      return other
    }
    throw ActRejection(.neighbourUnknown, subject: folder)
  }

  /// Withdraws the pointer. From the next trust list on their certificates are of an unknown issuer here.
  package func withdrawRecognition(host: String) throws {
    try session.requireRegistrar(act: .recogniseRemove, subject: host)
    guard try registry.recognitions.all().contains(where: { $0.until == nil && $0.host == host }) else {
      throw ActRejection(.neighbourUnknown, subject: host)
    }
    try session.record(.init(.recogniseRemove, on: host)) {
      try registry.recognitions.withdraw(host: host, at: now.seconds, audit: $0)
    }
    try session.publisher.publish(trustListChanged: true)
    // After the list: a reader between the two sees a pointer with its copy, or neither.
    let copy = "\(home.publicPath)/recognised/\(host)"
    if FileManager.default.fileExists(atPath: copy) { try FileManager.default.removeItem(atPath: copy) }
  }

  func pointers() throws -> [TrustList.Pointer] {
    try registry.recognitions.all().filter { $0.until == nil }.map {
      TrustList.Pointer(location: Text($0.location), signerSHA256: $0.rootSHA256)
    }
  }

  private func ownRoot() throws -> [UInt8] {
    try Certificate(der: try registry.currentKey(.root, of: nil).certificate ?? []).sha256
  }

  private func neighbourList(_ folder: String, root: Certificate) throws -> TrustList {
    guard let token = try Files.read("\(folder)/\(Publisher.trustListPath)", limit: TrustList.maxTokenBytes) else {
      throw ActRejection(.neighbourUnusable(why: "there is no list of chambers"), subject: folder)
    }
    do throws(TrustListRejection) {
      return try TrustList.read(token, root: root.publicKey, rootSHA256: root.sha256)
    } catch {
      throw ActRejection(.neighbourUnusable(why: "the root did not sign its list (\(error.words))"), subject: folder)
    }
  }

  // MARK: the copy

  /// A million entries in tiles, 64 chambers with a hundred lists each.
  private static let maxNeighbourFiles = 20_000
  private static let maxNeighbourFile = 1 << 30

  /// What a reader needs of a neighbour: lists, certificates, CRLs, the log and the directory. All of it is signed or
  /// only shows where to look; nobody believes it for lying here.
  private func copyNeighbour(_ folder: String, host: String) throws {
    let target = "\(home.publicPath)/recognised/\(host)"
    guard !FileManager.default.fileExists(atPath: folder + "/directory.sqlite-journal") else {
      throw ActRejection(.neighbourUnusable(why: "it is being written"), subject: host)
    }
    var names = ["authority.json", "platforms.json", "certs/root.pem", "directory.sqlite"]
    for part in ["certs", "crl", "status", "tile"] {
      guard let found = FileManager.default.enumerator(atPath: "\(folder)/\(part)") else { continue }
      for case let name as String in found
      where !name.utf8.contains(0) && !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: "\(folder)/\(part)/\(name)", isDirectory: &isFolder),
          !isFolder.boolValue
        {
          names.append("\(part)/\(name)")
        }
        guard names.count <= Self.maxNeighbourFiles else {
          throw ActRejection(.neighbourUnusable(why: "more than \(Self.maxNeighbourFiles) files"), subject: host)
        }
      }
    }
    // Checkpoint and list last: a reader never sees a new one with old files below it.
    for name in names + ["checkpoint", Publisher.trustListPath] {
      guard let bytes = try Files.read("\(folder)/\(name)", limit: Self.maxNeighbourFile) else { continue }
      if try Files.read("\(target)/\(name)", limit: Self.maxNeighbourFile) != bytes {
        try Files.replace("\(target)/\(name)", with: bytes)
      }
    }
  }
}
