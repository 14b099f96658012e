public import Encodings

/// Asks a storefront whether it is the member's: by a file that only the owner of a host can put there, or by the badge
/// on a shop's page. Design section 7, proof. Synchronous, up to the deadline of the fetch; the caller paces hosts.
public struct ControlProof: Sendable {
  /// Where an own site answers: the file of form F8.
  public static let wellKnown: Text = "/.well-known/trust-credentials.json"
  /// A file of a few links; ten times what a group of companies would list.
  static let maxFileBytes = 64 << 10, maxCredentials = 200

  /// What one attempt at a proof came to.
  public enum Outcome: Hashable, Sendable {
    case proved
    /// Nothing was learnt: no answer, an answer of another kind, a block; with the code it would have for a page. It
    /// demotes nothing for a while.
    case unreachable(String)
    /// The page answers, and not for this certificate. It goes to an officer.
    case contradicted(Contradiction)
  }

  /// How the page contradicts the certificate. The raw value goes into the register.
  public enum Contradiction: String, Sendable {
    /// There is no file, or the page is gone.
    case missing
    case fileMalformed = "file_malformed"
    /// The file does not name the certificate; the page has no badge of it that counts.
    case notNamed = "not_named"
    /// The file holds another code than the one that was given for this proof, such as the one of the last proof.
    case otherCode = "other_code"
    /// It leads to another page.
    case redirected
  }

  private let door: GuardedFetch, platforms: PlatformTable, verifyHost: String

  public init(door: GuardedFetch, platforms: PlatformTable, verifyHost: String) {
    self.door = door
    self.platforms = platforms
    self.verifyHost = verifyHost
  }

  /// An own site: the file names the certificate's link and holds the code of this proof. A code is used once: whoever
  /// takes over a lapsed domain can copy the old file, but never knew the next code (A13).
  /// - Parameter display: of the binding; `https://host[:port]/…`.
  public func file(_ display: Text, names id: CredentialID, code: String) -> Outcome {
    guard let page = own(display), let address = own(Text(ascii: page.origin + Self.wellKnown.bytes)) else {
      return .contradicted(.missing)
    }
    let fetched: FetchedPage
    do {
      fetched = try door.document(address, accept: "application/json", ports: Set(page.port.map { [$0] } ?? []))
    } catch { return Self.outcome(of: error) }
    guard fetched.body.count <= Self.maxFileBytes else { return .contradicted(.fileMalformed) }
    return Self.judge(file: fetched.body, names: id, code: code, verifyHost: verifyHost)
  }

  /// The file itself, strictly: `{"v":1,"credentials":[LINK…],"proof":CODE}`.
  static func judge(file bytes: [UInt8], names id: CredentialID, code: String, verifyHost: String) -> Outcome {
    let object: JSONObject
    do throws(JSONRejection) {
      object = try JSONObject.parse(bytes, limits: JSONLimits(maxBytes: maxFileBytes, maxDepth: 4, maxMembers: 64))
    } catch { return .contradicted(.fileMalformed) }
    guard object["v"]?.int == 1, let links = object["credentials"]?.array, links.count <= maxCredentials else {
      return .contradicted(.fileMalformed)
    }
    let isNamed = links.contains { link in
      guard let text = link.text, case .badge(let found) = BadgeLink.read(text.bytes, host: verifyHost) else {
        return false
      }
      return found.id == id
    }
    guard isNamed else { return .contradicted(.notNamed) }
    guard object["proof"]?.string.map({ $0.utf8.elementsEqual(code.utf8) }) == true else {
      return .contradicted(.otherCode)
    }
    return .proved
  }

  /// A shop on a marketplace: its page carries the badge, outside what visitors write. By itself that proves nothing
  /// (A46); an officer says that the field is the owner's.
  public func page(_ display: Text, key: Text, shows id: CredentialID) -> Outcome {
    let address: PageAddress
    do throws(AddressRejection) {
      address = try PageAddress.read(display.bytes, platforms: platforms)
    } catch {
      return .contradicted(.missing)
    }
    let fetched: FetchedPage
    do {
      fetched = try door.page(address, ports: Set(address.port.map { [$0] } ?? []))
    } catch {
      return Self.outcome(of: error)
    }
    guard fetched.final.matchKeys.contains(where: { $0.text == key }) else { return .contradicted(.redirected) }
    let scan: PageScan
    do throws(PageRejection) {
      scan = try LinkScanner.scan(
        fetched.body,
        options: ScanOptions(page: ResolvedURL(fetched.final), verifyHost: verifyHost)
      )
    } catch {
      return .unreachable(error.code)
    }
    let isShown = scan.links.contains { link in
      guard link.live, link.counts, case .badge(let found)? = link.reading else { return false }
      return found.id == id
    }
    return isShown ? .proved : .contradicted(.notNamed)
  }

  /// Gone is an answer; everything else that went wrong is none.
  private static func outcome(of failure: FetchFailure) -> Outcome {
    switch failure.reason {
    case .status(404), .status(410): .contradicted(.missing)
    case .redirectedElsewhere: .contradicted(.redirected)
    default: .unreachable(failure.code)
    }
  }

  private func own(_ address: Text) -> PageAddress? {
    do throws(AddressRejection) {
      return try PageAddress.read(address.bytes, platforms: platforms)
    } catch {
      return nil
    }
  }
}

extension PageAddress {
  /// `https://host[:port]`, canonical.
  fileprivate var origin: [UInt8] {
    Array("\(scheme.rawValue)://".utf8) + host.bytes + (port.map { Array(":\($0)".utf8) } ?? [])
  }
}
