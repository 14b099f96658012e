internal import Encodings
internal import PKI
package import Storefronts
internal import Synchronization
package import TransparencyLog

/// Where published files are read from: a folder, or a web server. Nothing that it gives is believed before it was
/// verified.
package struct PublicSource: Sendable {
  /// For messages.
  package let name: String
  /// The folder, when it is one on this machine.
  package let folder: String?
  private let fetch: @Sendable (_ path: String, _ limit: Int) throws(FollowFailure) -> [UInt8]?
  private let counter: Counter

  /// Bytes of bodies received since the source was made; 0 for a folder.
  package var transferred: Int { counter.value.withLock { $0 } }

  /// Bytes that were received.
  final class Counter: Sendable {
    let value = Mutex(0)  // owned by add
    func add(_ count: Int) { value.withLock { $0 += count } }
  }

  /// The bytes under a path below the source, at most `limit`; nil when there is nothing.
  package func read(_ path: String, limit: Int) throws(FollowFailure) -> [UInt8]? { try fetch(path, limit) }

  /// The same for a file that must be there.
  package func require(_ path: String, limit: Int) throws(FollowFailure) -> [UInt8] {
    guard let bytes = try fetch(path, limit) else { throw .missing(path: "\(name)/\(path)") }
    return bytes
  }

  package static func folder(_ path: String) -> PublicSource {
    PublicSource(name: path, folder: path, counter: Counter()) { (file, limit) throws(FollowFailure) in
      guard PublicFiles.isPlain(file) else { return nil }
      return try DurableFiles.read("\(path)/\(file)", limit: limit)
    }
  }

  /// A web server. `https` by the guarded fetch, `http` only to this machine.
  /// - Parameters:
  ///   - base: address below which the files are, without a last slash.
  ///   - policy: which addresses may be dialled.
  ///   - trust: root certificates as PEM; nil for those of the system.
  package static func web(
    _ base: String,
    policy: AddressPolicy = .publicInternet,
    resolver: HostResolver = .system,
    trust: [UInt8]? = nil
  )
    throws(FollowFailure) -> PublicSource
  {
    let base = base.utf8.last == UInt8(ascii: "/") ? String(base.dropLast()) : base
    let counter = Counter()
    if base.utf8.starts(with: "http://".utf8) {
      let server = try LoopbackHTTP(base)
      return PublicSource(name: base, folder: nil, counter: counter) { (file, limit) throws(FollowFailure) in
        let body = try server.get(file, limit: limit)
        counter.add(body?.count ?? 0)
        return body
      }
    }
    var limits = FetchLimits()
    limits.totalMilliseconds = 60_000
    limits.wireBytes = ChangePage.maxBytes
    limits.inflatedBytes = 2 * ChangePage.maxBytes
    let door = GuardedFetch(
      platforms: .empty,
      policy: policy,
      userAgent: "khatm-follower/1",
      resolver: resolver,
      trust: trust,
      limits: limits
    )
    let start: PageAddress
    do throws(AddressRejection) {
      start = try PageAddress.read(Array(base.utf8), platforms: .empty)
    } catch {
      throw .malformed(what: base, why: "not an address (\(error.code))")
    }
    let ports = Set([start.port].compactMap { $0 })
    return PublicSource(name: base, folder: nil, counter: counter) { (file, limit) throws(FollowFailure) in
      let address: PageAddress
      do throws(AddressRejection) {
        address = try PageAddress.read(Array("\(base)/\(file)".utf8), platforms: .empty)
      } catch {
        throw .malformed(what: "\(base)/\(file)", why: error.code)
      }
      do throws(FetchFailure) {
        let page = try door.document(address, accept: "*/*", ports: ports)
        counter.add(page.wireBytes)
        if page.body.count <= limit { return page.body }
      } catch {
        switch error.reason {
        case .status(404), .status(410): return nil
        case .tooLarge: throw .tooLarge(path: "\(base)/\(file)", limit: limit)
        default: throw .unreachable(what: "\(base)/\(file)", why: error.code)
        }
      }
      throw .tooLarge(path: "\(base)/\(file)", limit: limit)
    }
  }

  /// A folder or an address, as a person writes it.
  package static func named(_ text: String, policy: AddressPolicy = .publicInternet, trust: [UInt8]? = nil)
    throws(FollowFailure) -> PublicSource
  {
    text.utf8.starts(with: "https://".utf8) || text.utf8.starts(with: "http://".utf8)
      ? try web(text, policy: policy, trust: trust) : folder(text)
  }

  private init(
    name: String,
    folder: String?,
    counter: Counter,
    fetch: @escaping @Sendable (_ path: String, _ limit: Int) throws(FollowFailure) -> [UInt8]?
  ) {
    self.name = name
    self.folder = folder
    self.counter = counter
    self.fetch = fetch
  }

  /// The log's files. A hash tile has at most 8 KiB, a bundle of ours at most 1 MiB.
  package var tiles: TileSource {
    TileSource { path in
      do throws(FollowFailure) {
        return try fetch(path, EntryLimits.bundleBytes)
      } catch {
        if case .tooLarge = error { throw LogRejection.bundleMalformed(offset: EntryLimits.bundleBytes) }
        throw LogRejection.unreadable(what: path, reason: "\(error)")
      }
    }
  }

  /// The newest checkpoint as published: beside the other files, or below `log/` where a server has it there.
  package func checkpoint() throws(FollowFailure) -> [UInt8] { try require("checkpoint", limit: SignedNote.maxBytes) }
}

/// The most that is read of entries.
enum EntryLimits {
  /// 256 entries of full length.
  static let bundleBytes = Tile.fullWidth * (2 + LogEntry.maxBytes)
}

/// The names of published files that a follower may ask for.
enum PublicFiles {
  /// A thousand chambers, the most a trust list has, with a handful of files each.
  static let maxFiles = 16_384
  static let trustList = ".well-known/chamber-trust-list.jwt"
  static let platforms = "platforms.json"
  static let directory = "directory.sqlite"
  /// 16 million bits as random as can be, base64url twice.
  static let maxListBytes = 4 << 20
  static let maxCRLBytes = 16 << 20

  /// Segments of printable ASCII, none of them empty, `.` or `..`.
  static func isPlain(_ path: String) -> Bool {
    path.utf8.count <= 1_024
      && path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { segment in
        !segment.isEmpty && !segment.elementsEqual(".".utf8) && !segment.elementsEqual("..".utf8)
          && segment.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x5C && $0 != 0x25 && $0 != 0x3F && $0 != 0x23 }
      }
  }

  /// Files that stand beside the log and are signed themselves, or compared with what a signed one says: the shapes
  /// that are copied.
  static func isCopied(_ path: String) -> Bool {
    guard isPlain(path) else { return false }
    let parts = path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    func ends(_ suffixes: String...) -> Bool { suffixes.contains { Text(path).hasSuffix(Text($0)) } }
    switch (parts.first, parts.count) {
    case ("certs", 2): return ends(".pem", ".cer") && isName(parts[1])
    case ("crl", 2): return ends(".crl") && isName(parts[1])
    case ("did", 3): return isName(parts[1]) && parts[2] == "did.json"
    case ("ns", 3): return path == "ns/membership/v1"
    // One JWK under its thumbprint.
    case ("keys", 2): return parts[1].utf8.count == 43 && isName(parts[1])
    case ("platforms.json", 1), ("authority.json", 1): return true
    default: return false
    }
  }

  /// `[A-Za-z0-9._-]+`, not beginning with a point.
  private static func isName(_ name: String) -> Bool {
    (1...255).contains(name.utf8.count) && name.utf8.first != UInt8(ascii: ".")
      && name.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || ASCII.isDigit($0) || $0 == 0x2D || $0 == 0x2E
          || $0 == 0x5F
      }
  }

  /// `https://HOST/status/<chamber>/<purpose>/<series>` as a path; anything else is no list of this host.
  static func statusPath(of url: Text, host: String) -> String? {
    guard let rest = url.dropping(prefix: Text("https://\(host)/")), isPlain(rest.string) else { return nil }
    let parts = rest.bytes.split(separator: UInt8(ascii: "/"))
    guard parts.count == 4, parts[0].elementsEqual("status".utf8),
      parts.dropFirst().allSatisfy({ isName(String(decoding: $0, as: UTF8.self)) })
    else { return nil }
    return rest.string
  }

  static func digest(_ bytes: [UInt8]) -> String { Hex.encode(SHA2.sha256(bytes)) }

  /// The small files of a folder, and what they are: SHA-256 in hexadecimal by path.
  static func listing(of folder: String, digest: ([UInt8]) -> String) throws(FollowFailure) -> [(
    path: String, digest: String
  )] {
    var paths = ["authority.json", "ns/membership/v1", platforms]
    for name in ["certs", "crl", "keys"] {
      paths += DurableFiles.names(in: "\(folder)/\(name)").map { "\(name)/\($0)" }
    }
    paths += DurableFiles.names(in: "\(folder)/did").map { "did/\($0)/did.json" }
    var listed: [(path: String, digest: String)] = []
    for path in paths where isCopied(path) {
      if let bytes = try DurableFiles.read("\(folder)/\(path)", limit: maxCRLBytes) {
        listed.append((path, digest(bytes)))
      }
    }
    return listed
  }
}
