public import Encodings
public import PKI

/// The authority's signed list of chambers: who may issue what, with which keys, and where their status lists are.
///
/// Vocabulary of ETSI TS 119 602 where it has a word; the form is ours, so a member we do not know refuses the whole
/// list. A value of this type says nothing about time or sequence: those are rules of the verifier.
public struct TrustList: Hashable, Sendable {
  public static let tokenType = "chamber-trust-list+jwt"
  /// Written by the root, P-384.
  public static let algorithm = SignatureAlgorithm.es384
  /// 200 chambers with ten keys each are a fifth of it.
  public static let maxTokenBytes = 4 << 20
  static let maxEntities = 1_000
  static let maxItems = 64

  /// States of a service (ETSI TS 119 602, in our words). Only `granted` services may issue.
  public enum Status: String, Hashable, Sendable, CaseIterable { case granted, suspended, withdrawn }

  /// A state, and since when.
  public struct StatusChange: Hashable, Sendable {
    public let status: Status
    public let since: Instant
    public init(_ status: Status, since: Instant) {
      self.status = status
      self.since = since
    }
  }

  /// A chamber's issuing certificate, named by its hash; the certificate itself may stand beside it.
  public struct IssuingCA: Hashable, Sendable {
    public let sha256: [UInt8]
    public let der: [UInt8]?
    public init(_ der: [UInt8]) { (sha256, self.der) = (SHA2.sha256(der), der) }
    init(sha256: [UInt8], der: [UInt8]?) {
      self.sha256 = sha256
      self.der = der
    }
  }

  /// A key, what it serves, and from when until before when it signs.
  public struct Key: Hashable, Sendable {
    /// What a key may sign.
    public enum Purpose: String, Hashable, Sendable, CaseIterable {
      case credential
      case statusList = "status-list"
      case answer
    }
    public let jwk: JWK
    public let keyID: Text
    /// Nil in a list that names none: the key serves the service it stands in.
    public let purpose: Purpose?
    public let notBefore: Int64
    public let expires: Int64

    public init(
      _ key: PublicKey,
      keyID: Text,
      algorithm: SignatureAlgorithm,
      purpose: Purpose?,
      notBefore: Int64,
      expires: Int64
    ) {
      jwk = JWK(publicKey: key, keyID: keyID, algorithm: algorithm)
      self.keyID = keyID
      self.purpose = purpose
      self.notBefore = notBefore
      self.expires = expires
    }
  }

  /// What a chamber does for the scheme, and with which keys.
  public struct Service: Hashable, Sendable {
    public static let issuance: Text = "membership-credential-issuance"
    public var type: Text = issuance
    public var status: StatusChange
    /// Latest first or last: each with its own beginning.
    public var previous: [StatusChange] = []
    public var credentialTypes: [Text] = []
    /// Programme ids this chamber may issue; empty where the list does not say.
    public var programmes: [Text] = []
    public var tiers: [Text] = []
    public var subjectIdentifierPrefixes: [Text] = []
    public var issuingCAs: [IssuingCA] = []
    public var keys: [Key] = []
    /// URL prefixes, ending at a slash.
    public var statusLists: [Text] = []
    public init(status: StatusChange) { self.status = status }

    /// The status at a moment, by the history; nil before it begins.
    public func status(at moment: Instant) -> Status? {
      ([status] + previous).filter { $0.since <= moment }.max { $0.since < $1.since }?.status
    }
  }

  /// A chamber on the list.
  public struct Entity: Hashable, Sendable {
    /// The DID.
    public let id: Text
    public let name: Text
    /// ISO 3166-2.
    public let jurisdiction: Text
    public let services: [Service]
    public init(id: Text, name: Text, jurisdiction: Text, services: [Service]) {
      self.id = id
      self.name = name
      self.jurisdiction = jurisdiction
      self.services = services
    }
  }

  /// Another authority's list, one hop and never further.
  public struct Pointer: Hashable, Sendable {
    public let location: Text
    public let signerSHA256: [UInt8]
    public init(location: Text, signerSHA256: [UInt8]) {
      self.location = location
      self.signerSHA256 = signerSHA256
    }
  }

  /// Version and hash of the platform table that goes with this list.
  public struct Platforms: Hashable, Sendable {
    public let version: Text
    public let sha256: [UInt8]
    public init(version: Text, sha256: [UInt8]) {
      self.version = version
      self.sha256 = sha256
    }
  }

  /// What a programme of this authority means, for readers who hold nothing but the list.
  public struct ProgrammeRule: Hashable, Sendable {
    public let id: Text
    /// The value of `membershipTier`; nil where the programme is no membership.
    public let tier: Text?
    /// Dotted certificate policy the signer must bear.
    public let policy: Text
    /// A credential that claims a longer life is refused.
    public let maxDays: Int64
    /// Whether its issue must be in the transparency log.
    public let logged: Bool
    /// By language: `ar`, `en`, `fr`, `zh`.
    public let title: [String: Text]
    public init(id: Text, tier: Text?, policy: Text, maxDays: Int64, logged: Bool, title: [String: Text]) {
      self.id = id
      self.tier = tier
      self.policy = policy
      self.maxDays = maxDays
      self.logged = logged
      self.title = title
    }
  }

  public var issuer: Text
  public var subject: Text
  /// Seconds.
  public var issuedAt: Int64
  public var expires: Int64
  public var sequenceNumber: Int64
  public var nextUpdate: Instant
  public var schemeName: Text = ""
  /// ISO 3166.
  public var schemeTerritory: Text = ""
  public var policy: Text = ""
  public var entities: [Entity] = []
  public var pointers: [Pointer] = []
  /// Keys of verify services: they sign receipts and nothing else.
  public var answerKeys: [Key] = []
  /// Signed-note verifier keys of the transparency logs.
  public var logKeys: [Text] = []
  public var platforms: Platforms?
  public var programmeRules: [ProgrammeRule] = []

  public init(
    issuer: Text,
    subject: Text,
    issuedAt: Int64,
    expires: Int64,
    sequenceNumber: Int64,
    nextUpdate: Instant
  ) {
    self.issuer = issuer
    self.subject = subject
    self.issuedAt = issuedAt
    self.expires = expires
    self.sequenceNumber = sequenceNumber
    self.nextUpdate = nextUpdate
  }

  public func programme(_ id: Text) -> ProgrammeRule? {
    programmeRules.firstIndex { $0.id == id }.map { programmeRules[$0] }
  }

  public func entity(_ did: Text) -> Entity? { entities.first { $0.id == did } }
}

/// Why a trust list cannot be used.
public enum TrustListRejection: Error, Equatable, Sendable {
  case token(CompactTokenRejection)
  case wrongType(String)
  /// Not ES384.
  case wrongAlgorithm(String)
  /// `kid` names another root than the configured one.
  case otherRoot(String)
  case signatureWrong
  case document(DocumentRejection)
  /// About us.
  case failed(OpenSSLFailure)

  /// For people. Answers quote the plain description, so this is a name of its own.
  public var words: String {
    switch self {
    case .token: "it is not a signed token"
    case .wrongType(let type): "it is a token of the type \"\(type)\""
    case .wrongAlgorithm(let name): "it is signed with \(name), not with ES384"
    case .otherRoot: "another root signed it"
    case .signatureWrong: "its signature is wrong"
    case .document(let why): why.description
    case .failed(let failure): failure.description
    }
  }
}

extension TrustList {
  /// Verifies and reads. The key comes from the configured root; an `x5c` in the token is not looked at.
  /// - Parameter rootSHA256: of the root certificate's DER; `kid` must be its base64url. Nil: `kid` is not compared.
  public static func read(_ token: [UInt8], root: PublicKey, rootSHA256: [UInt8]?) throws(TrustListRejection)
    -> TrustList
  {
    let jws: CompactJWS
    do throws(CompactTokenRejection) {
      jws = try CompactJWS.parse(token, maxBytes: maxTokenBytes)
    } catch {
      throw .token(error)
    }
    guard jws.hasType(tokenType) else { throw .wrongType(jws.type?.string ?? "") }
    guard jws.algorithm == algorithm else { throw .wrongAlgorithm(jws.algorithm.rawValue) }
    if let rootSHA256 {
      guard let kid = jws.keyID, kid.bytes == Base64URL.encodeBytes(rootSHA256) else {
        throw .otherRoot(jws.keyID?.string ?? "")
      }
    }
    let signed: Bool
    do throws(OpenSSLFailure) {
      signed = try jws.isSigned(by: root)
    } catch {
      throw .failed(error)
    }
    guard signed else { throw .signatureWrong }
    let payload: JSONObject
    do throws(CompactTokenRejection) {
      payload = try jws.payloadObject(limits: .document)
    } catch {
      throw .token(error)
    }
    do throws(DocumentRejection) {
      return try TrustList(payload: payload)
    } catch {
      throw .document(error)
    }
  }

  /// The signed token.
  /// - Parameter rootCertificate: DER; named in `kid` and sent along in `x5c` for the convenience of people.
  public func sign(root: PrivateKey, rootCertificate: [UInt8]) throws(OpenSSLFailure) -> [UInt8] {
    try CompactJWS.sign(
      header: [
        "typ": JSON(Self.tokenType), "kid": JSON(Base64URL.encode(SHA2.sha256(rootCertificate))),
        "x5c": [JSON(Base64.encode(rootCertificate))],
      ],
      payload: payload.canonical(),
      key: root,
      algorithm: Self.algorithm
    )
  }
}
