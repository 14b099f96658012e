internal import Credentials
internal import Encodings
internal import Glibc
internal import PKI
internal import Support
internal import Synchronization

/// What authentication remembers besides whole tokens: headers of tokens that verified, and chains of certificates.
/// With it or without it `Verifier.authenticate` answers the same.
///
/// Each has its own lock. Headers are forgotten with their snapshot; a chain names all that it depends on.
public final class AuthenticationCaches: Sendable {
  let headers = HeaderCache()
  let chains: ChainCache

  /// Signers in the chain cache: ten for each of a hundred chambers.
  static let chainCapacity = 1_024

  public init() { chains = ChainCache(capacity: Self.chainCapacity) }
}

/// What the header of a verified token says, so that the next token with the same header bytes needs no JSON, no base64
/// and no chain. Immutable.
final class KnownHeader: Sendable {
  let form: CredentialForm
  let algorithm: SignatureAlgorithm
  /// Of the signer, and the trust data that list it.
  let key: (id: Text, authority: Trust)
  /// Of the signer; whether it still holds is asked at each use. Nil where the list alone vouches.
  let chain: ValidatedChain?
  /// Half of what is hashed of a token, hashed once; nil for another algorithm than ES256.
  private let beginning: SHA256Prefix?

  /// - Parameter bytes: the header as it stands in the token.
  init(
    form: CredentialForm,
    algorithm: SignatureAlgorithm,
    key: (id: Text, authority: Trust),
    chain: ValidatedChain?,
    bytes: ArraySlice<UInt8>
  ) {
    self.form = form
    self.algorithm = algorithm
    self.key = key
    self.chain = chain
    beginning = algorithm == .es256 ? SHA256Prefix(bytes) : nil
  }

  /// Whether a key signed a token under this header, whose payload ends where its last point is.
  func isSigned(
    _ token: [UInt8],
    header end: Int,
    payload second: Int,
    signature: [UInt8],
    by key: PublicKey
  ) throws(OpenSSLFailure) -> Bool {
    guard let beginning else { return try key.verifies(signature, over: token[..<second], algorithm: algorithm) }
    return try key.verifies(signature, sha256: beginning.digest(of: token[end..<second]))
  }
}

/// Headers by their bytes. A chamber has a handful; all its tokens carry one of them.
final class HeaderCache: Sendable {
  /// Beginnings of headers: more than ten signers for each of a hundred chambers, of 5 kB each.
  static let capacity = 1_024
  /// Long enough to hold algorithm and key id of most headers.
  private static let prefix = 96
  /// Headers that begin alike: signers of one chamber.
  private static let maxAlike = 16

  /// A header and its bytes.
  private struct Entry {
    let bytes: [UInt8]
    let header: KnownHeader
  }
  /// Headers by their beginnings.
  private struct State {
    /// Of the snapshot under which they verified.
    var generation: UInt64 = 0
    var entries = GenerationalCache<[UInt8], [Entry]>(capacity: HeaderCache.capacity)
    var last: Entry?
  }
  private let state = Mutex(State())  // owned by find and keep

  /// The header, and where it ends in the token.
  func find(_ token: [UInt8], generation: UInt64) -> (KnownHeader, end: Int)? {
    guard token.count > Self.prefix else { return nil }
    func isUnder(_ entry: Entry) -> Bool {
      token.count > entry.bytes.count && token[entry.bytes.count] == UInt8(ascii: ".")
        && memcmp(entry.bytes, token, entry.bytes.count) == 0
    }
    return state.withLock { state in
      guard state.generation == generation else { return nil }
      // One after the other, tokens of one signer.
      if let last = state.last, isUnder(last) { return (last.header, last.bytes.count) }
      guard let found = state.entries[Array(token[..<Self.prefix])]?.first(where: isUnder) else { return nil }
      state.last = found
      return (found.header, found.bytes.count)
    }
  }

  func keep(_ header: KnownHeader, of token: [UInt8], generation: UInt64) {
    guard let end = token.firstIndex(of: UInt8(ascii: ".")), end >= Self.prefix else { return }
    let bytes = Array(token[..<end])
    let beginning = Array(token[..<Self.prefix])
    state.withLock { state in
      // What an older snapshot says is not worth keeping.
      guard generation >= state.generation else { return }
      if generation > state.generation { state = State(generation: generation) }
      var alike = state.entries[beginning] ?? []
      state.last = nil
      // A newer chain of the same header takes the place of the one that ended.
      alike.removeAll { $0.bytes == bytes }
      if alike.count >= Self.maxAlike { alike.removeFirst() }
      alike.append(Entry(bytes: bytes, header: header))
      state.entries.insert(alike, for: beginning)
    }
  }
}
