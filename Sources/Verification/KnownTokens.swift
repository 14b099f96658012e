internal import Encodings
internal import Glibc
internal import PKI
internal import Synchronization

/// Tokens that were verified under one version of the trust data: the next question about one costs a look-up and a
/// comparison of all its bytes. The look-up alone decides nothing, so nobody gains by tokens that look alike; and only
/// what verified is kept, so a stranger cannot fill the memory.
///
/// The whole token is compared instead of a digest: for 7 kB that is ten times cheaper, and it is the stronger test.
/// Headers, which are two thirds of a token and the same for all of a signer, are held once.
public final class KnownTokens: Sendable {
  /// A marketplace's working set; about 90 MB.
  public static let defaultCapacity = 16_384

  /// The end of a token is signature, which two that verified do not share. The place is small, so that the table stays
  /// near.
  private static func place(of token: [UInt8]) -> UInt64? {
    token.count >= 64
      ? token.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: token.count - 8, as: UInt64.self) } : nil
  }

  private struct Entry { let header: [UInt8], rest: [UInt8]; let token: VerifiedToken }
  /// Two generations: a full one becomes the old one, and what is asked for again moves over. Nothing is ever searched.
  private struct State { var young: [UInt64: Entry] = [:]; var old: [UInt64: Entry] = [:]; var headers: [[UInt8]] = [] }
  private let state = Mutex(State())
  private let generation: Int
  /// Headers shared at a time; a token under another one keeps its own.
  private static let maxHeaders = 256

  /// - Parameter capacity: tokens kept; 0: none.
  init(capacity: Int) { generation = max(0, capacity) / 2 }

  /// How many are kept.
  var count: Int { state.withLock { state in state.young.count + state.old.keys.count { state.young[$0] == nil } } }

  func find(_ token: [UInt8]) -> VerifiedToken? {
    guard generation > 0, let place = Self.place(of: token) else { return nil }
    return state.withLock { state in
      if let entry = state.young[place] { return Self.isSame(entry, token) ? entry.token : nil }
      guard let entry = state.old[place], Self.isSame(entry, token) else { return nil }
      put(entry, place, &state)
      return entry.token
    }
  }

  func keep(_ verified: VerifiedToken, _ token: [UInt8]) {
    guard generation > 0, let place = Self.place(of: token) else { return }
    let point = token.withUnsafeBytes { token in
      memchr(token.baseAddress!, Int32(UInt8(ascii: ".")), token.count).map {
        UnsafeRawPointer($0) - token.baseAddress!
      } ?? 0  // 64 bytes at least: see place
    }
    state.withLock { state in
      let header: [UInt8]
      if let held = state.headers.first(where: { $0.count == point && memcmp($0, token, point) == 0 }) {
        header = held
      } else {
        header = Array(token[..<point])
        if state.headers.count >= Self.maxHeaders { state.headers.removeAll() }
        state.headers.append(header)
      }
      put(Entry(header: header, rest: Array(token[point...]), token: verified), place, &state)
    }
  }

  private func put(_ entry: Entry, _ place: UInt64, _ state: inout State) {
    if state.young.count >= generation {
      state.old = state.young
      state.young = [:]
    }
    state.young[place] = entry
  }

  private static func isSame(_ known: Entry, _ token: [UInt8]) -> Bool {
    token.withUnsafeBytes { token in
      guard let start = token.baseAddress, token.count == known.header.count + known.rest.count else { return false }
      return memcmp(known.rest, start + known.header.count, known.rest.count) == 0
        && memcmp(known.header, start, known.header.count) == 0
    }
  }
}

/// What the header of a verified token says, so that the next token with the same header bytes needs no JSON, no base64
/// and no chain.
final class KnownHeader: Sendable {
  let form: CredentialForm
  let algorithm: SignatureAlgorithm
  let keyID: Text
  /// Of the signer; whether it still holds is asked at each use. Nil where the list alone vouches.
  let chain: ValidatedChain?
  /// Half of what is hashed of a token, hashed once; nil for another algorithm than ES256.
  private let beginning: SHA256Prefix?

  /// - Parameter bytes: the header as it stands in the token.
  init(
    form: CredentialForm,
    algorithm: SignatureAlgorithm,
    keyID: Text,
    chain: ValidatedChain?,
    bytes: ArraySlice<UInt8>
  ) {
    self.form = form
    self.algorithm = algorithm
    self.keyID = keyID
    self.chain = chain
    beginning = algorithm == .es256 ? SHA256Prefix(bytes) : nil
  }

  /// Whether a key signed a token under this header, whose payload ends where its last point is.
  func isSigned(_ token: [UInt8], header end: Int, payload second: Int, _ signature: [UInt8], by key: PublicKey)
    throws(OpenSSLFailure) -> Bool
  {
    guard let beginning else { return try key.verifies(signature, over: token[..<second], algorithm: algorithm) }
    return try key.verifies(signature, sha256: beginning.digest(of: token[end..<second]))
  }
}

/// Headers by their bytes. A chamber has a handful; all its tokens carry one of them.
final class KnownHeaders: Sendable {
  /// Ten signers for each of a hundred chambers, of 5 kB each. Beyond it everything is forgotten, which costs time and
  /// nothing else.
  static let maxHeaders = 1_024
  /// Long enough to hold algorithm and key id of most headers.
  private static let prefix = 96
  /// Headers that begin alike: signers of one chamber.
  private static let maxAlike = 16

  private struct Entry { let bytes: [UInt8]; let header: KnownHeader }
  private struct State { var entries: [[UInt8]: [Entry]] = [:]; var count = 0; var last: Entry? }
  private let state = Mutex(State())

  /// The header, and where it ends in the token.
  func find(_ token: [UInt8]) -> (KnownHeader, end: Int)? {
    guard token.count > Self.prefix else { return nil }
    func isUnder(_ entry: Entry) -> Bool {
      token.count > entry.bytes.count && token[entry.bytes.count] == UInt8(ascii: ".")
        && memcmp(entry.bytes, token, entry.bytes.count) == 0
    }
    return state.withLock { state in
      // One after the other, tokens of one signer.
      if let last = state.last, isUnder(last) { return (last.header, last.bytes.count) }
      guard let found = state.entries[Array(token[..<Self.prefix])]?.first(where: isUnder) else { return nil }
      state.last = found
      return (found.header, found.bytes.count)
    }
  }

  func keep(_ header: KnownHeader, of token: [UInt8]) {
    guard let end = token.firstIndex(of: UInt8(ascii: ".")), end >= Self.prefix else { return }
    let bytes = Array(token[..<end]), place = Array(token[..<Self.prefix])
    state.withLock { state in
      if state.count >= Self.maxHeaders { state = State() }
      var alike = state.entries[place] ?? []
      state.count -= alike.count
      state.last = nil
      // A newer chain of the same header takes the place of the one that ended.
      alike.removeAll { $0.bytes == bytes }
      if alike.count >= Self.maxAlike { alike.removeFirst() }
      alike.append(Entry(bytes: bytes, header: header))
      state.count += alike.count
      state.entries[place] = alike
    }
  }
}
