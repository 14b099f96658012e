/// The organisation that runs the register, and the one host on which certificates are checked.
public struct Authority: Sendable, Equatable {
  public let name: String, host: String
  public let createdAt: Int64
  public init(name: String, host: String, createdAt: Int64) {
    self.name = name; self.host = host; self.createdAt = createdAt
  }
}

public struct Chamber: Sendable, Equatable {
  public let slug: String, domain: String, nameEn: String, nameAr: String
  /// ISO 3166-2, for example `AE-DU`.
  public let jurisdiction: String
  /// `granted`, `suspended` or `withdrawn`.
  public let status: String
  public let statusSince: Int64
  public init(
    slug: String,
    domain: String,
    nameEn: String,
    nameAr: String,
    jurisdiction: String,
    status: String,
    statusSince: Int64
  ) {
    self.slug = slug; self.domain = domain; self.nameEn = nameEn; self.nameAr = nameAr
    self.jurisdiction = jurisdiction; self.status = status; self.statusSince = statusSince
  }
  public var did: String { "did:web:\(domain)" }
}

/// One key's public half, its certificate, and the file that holds the encrypted private half.
public struct SigningKeyRecord: Sendable, Equatable {
  public let chamber: String?
  public let purpose: String, kid: String
  /// SubjectPublicKeyInfo, DER.
  public let publicKey: [UInt8]
  public let certificate: [UInt8]?
  public let notBefore: Int64, notAfter: Int64
  public let state: String
  public let revokedAt: Int64?
  public let file: String
  public init(
    chamber: String?,
    purpose: String,
    kid: String,
    publicKey: [UInt8],
    certificate: [UInt8]?,
    notBefore: Int64,
    notAfter: Int64,
    state: String = "current",
    revokedAt: Int64? = nil,
    file: String
  ) {
    self.chamber = chamber; self.purpose = purpose; self.kid = kid; self.publicKey = publicKey;
    self.certificate = certificate
    self.notBefore = notBefore; self.notAfter = notAfter; self.state = state; self.revokedAt = revokedAt;
    self.file = file
  }
}

/// A company as a chamber's register has it. Dates are `YYYY-MM-DD`; empty text where the chamber has nothing.
public struct Member: Sendable, Equatable {
  public var rowID: Int64
  public let chamber: String, number: String
  public var nameEn: String, nameAr: String, legalForm: String, licenceNumber: String, licenceAuthority: String,
    jurisdiction: String
  public var memberSince: String, feesPaidUntil: String, storefront: String, platform: String, website: String
  /// `member`, or `e-member` for a company outside the chamber's territory.
  public var membership: String
  /// The forms in which look-alike names are equal, as the register has them.
  public var skeletonEn = "", skeletonAr = ""
  /// Which look-alike names an officer has accepted beside this member's own; nil where none was looked at.
  public var nameAccepted: String?
  /// Whether the person the chamber writes to was erased on request.
  public var erased = false
  public var key: String { "\(chamber)/\(number)" }
  public init(
    rowID: Int64 = 0,
    chamber: String,
    number: String,
    nameEn: String,
    nameAr: String,
    legalForm: String,
    licenceNumber: String,
    licenceAuthority: String,
    jurisdiction: String,
    memberSince: String,
    feesPaidUntil: String,
    storefront: String,
    platform: String,
    website: String,
    membership: String
  ) {
    self.rowID = rowID; self.chamber = chamber; self.number = number; self.nameEn = nameEn; self.nameAr = nameAr
    self.legalForm = legalForm; self.licenceNumber = licenceNumber; self.licenceAuthority = licenceAuthority
    self.jurisdiction = jurisdiction; self.memberSince = memberSince; self.feesPaidUntil = feesPaidUntil
    self.storefront = storefront; self.platform = platform; self.website = website; self.membership = membership
  }
}

/// The person a chamber writes to. Never leaves the register.
public struct Contact: Sendable, Equatable {
  public let name: String, email: String, phone: String
  public init(name: String, email: String, phone: String) { self.name = name; self.email = email; self.phone = phone }
}

/// A credential as the register holds it.
public struct CredentialRecord: Sendable, Equatable {
  public let seq: Int64
  public let id: String
  public let member: Int64
  public let memberKey: String, chamber: String, programme: String
  /// Empty for the company itself; a digest that tells its people apart.
  public let subject: String
  /// `reserved active suspended revoked superseded lapsed abandoned`
  public let state: String
  public let stateSince: Int64, validFrom: Int64, validUntil: Int64
  public let issuedAt: Int64?
  public let revocationSeries: Int64, revocationIndex: Int64, suspensionSeries: Int64, suspensionIndex: Int64
  public let salt: [UInt8], contentDigest: [UInt8]
  public let leaf: Int64?, request: Int64?, requestRow: Int64?
  public let replacedBy: String?, replaces: String?, replacementReason: String?
  /// The three parts of the token, joined by dots in base64url; nil until it is signed.
  public let parts: TokenParts?
  public let statement: [UInt8]?
}

/// Header bytes, payload bytes and signature of a compact JWS: the token is `base64url` of each, joined by dots, so
/// nothing is lost and the header, equal for all credentials of one signer, is stored once.
public struct TokenParts: Sendable, Equatable {
  public let header: [UInt8], payload: [UInt8], signature: [UInt8]
  public init(header: [UInt8], payload: [UInt8], signature: [UInt8]) {
    self.header = header; self.payload = payload; self.signature = signature
  }
}

public struct EventRecord: Sendable, Equatable {
  public let kind: String, officer: String, reason: String, note: String
  public let at: Int64
  public let leaf: Int64?, request: Int64?
}

/// One act of an officer, linked to the one before by its digest (computed by `Issuance`).
public struct AuditRecord: Sendable, Equatable {
  public let seq: Int64, at: Int64
  public let officer: String, act: String, subject: String, outcome: String, detail: String
  public let previous: [UInt8], digest: [UInt8]
  public let signature: [UInt8]?
  public init(
    seq: Int64,
    at: Int64,
    officer: String,
    act: String,
    subject: String,
    outcome: String,
    detail: String,
    previous: [UInt8],
    digest: [UInt8],
    signature: [UInt8]?
  ) {
    self.seq = seq; self.at = at; self.officer = officer; self.act = act; self.subject = subject; self.outcome = outcome
    self.detail = detail; self.previous = previous; self.digest = digest; self.signature = signature
  }
}

/// Leaves to append and the checkpoint that covers them; `previousSize` is the compare of a compare-and-swap.
public struct LogAppend: Sendable {
  public struct Leaf: Sendable {
    public let entry: [UInt8], hash: [UInt8];
    public init(entry: [UInt8], hash: [UInt8]) { self.entry = entry; self.hash = hash }
  }
  public struct TileRoot: Sendable {
    public let level: Int, position: Int64; public let hash: [UInt8]
    public init(level: Int, position: Int64, hash: [UInt8]) {
      self.level = level; self.position = position; self.hash = hash
    }
  }
  public let previousSize: Int64
  public let leaves: [Leaf]
  public let tileRoots: [TileRoot]
  public let at: Int64
  /// The right edge of the tree after the append, as `Issuance` encodes it.
  public let frontier: [UInt8]
  /// The signed checkpoint.
  public let note: String
  public init(previousSize: Int64, leaves: [Leaf], tileRoots: [TileRoot], at: Int64, frontier: [UInt8], note: String) {
    self.previousSize = previousSize; self.leaves = leaves; self.tileRoots = tileRoots; self.at = at;
    self.frontier = frontier; self.note = note
  }
}
