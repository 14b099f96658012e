import Credentials
import Encodings
import HTTPTypes
import Hummingbird
import Messages
import Repository
import Verification

/// `POST /credentials/verify` in the shape of W3C VCALM. There, status and dates are only warnings; here `verified` is
/// true with `confirmed` and `genuine` alone, and `verdict` says the rest.
struct VCALMRoute: Sendable {
  let service: Service
  private static let vocabulary = "https://www.w3.org/TR/vcalm#"

  func add(to router: Router<KhatmRequestContext>) {
    router.post("/credentials/verify") { request, _ in try await verify(request) }
  }

  private func verify(_ request: Request) async throws -> Response {
    _ = try Query(request)
    _ = try request.preferred("application/json")
    try request.requireType("application/json")
    let bytes = try await request.collected(upTo: service.settings.limits.requestBytes)
    let object: JSONObject
    do throws(JSONRejection) {
      object = try JSONObject.parse(bytes, limits: .request)
    } catch {
      throw HTTPRejection(.requestMalformed, error.description)
    }
    guard object.names.allSatisfy({ $0 == "verifiableCredential" || $0 == "options" }),
      let credential = object["verifiableCredential"]
    else {
      throw HTTPRejection(.requestMalformed, "verifiableCredential, and at most options")
    }
    let wanted = try options(object["options"])
    let input: CredentialInput
    do throws(CredentialInputRejection) {
      input = try CredentialInput.read(credential)
    } catch {
      throw HTTPRejection(.requestMalformed, "verifiableCredential is none")
    }
    guard !input.isPresentation, input.items.count == 1 else {
      throw HTTPRejection(.requestMalformed, "one credential, not a presentation")
    }
    let subject: [UInt8] =
      switch input.items[0] {
      case .token(let token): token
      // Proofs of documents are over their canonical form, so writing it anew changes nothing that is signed.
      case .document(let document): document.canonical()
      }
    guard case .success(let answer) = service.folder.answer(VerificationRequest(.token(subject)), at: service.now())
    else {
      throw HTTPRejection(.internal)
    }
    service.counters.judged(answer.decision.verdict)
    return Reply.json(.object(body(answer.decision, credential, wanted: wanted)))
  }

  private func options(_ value: JSON?) throws(HTTPRejection) -> Set<String> {
    guard let value else { return ["returnProblemDetails", "returnResults"] }
    guard let object = value.object else { throw HTTPRejection(.requestMalformed, "options is an object") }
    var wanted: Set<String> = []
    for member in object.members {
      guard ["returnResults", "returnProblemDetails", "returnCredential"].contains(member.name) else {
        var problem = HTTPRejection(.optionUnknown, PlainText.visible(String(member.name.string.prefix(40))))
        problem.type = Self.vocabulary + "UNKNOWN_OPTION_PROVIDED"
        throw problem
      }
      guard let flag = member.value.bool else {
        throw HTTPRejection(.requestMalformed, "\(member.name) is true or false")
      }
      if flag { wanted.insert(member.name.string) }
    }
    return object.members.isEmpty ? ["returnProblemDetails", "returnResults"] : wanted
  }

  private func body(_ decision: Decision, _ credential: JSON, wanted: Set<String>) -> JSONObject {
    let isGood = decision.verdict == .confirmed || decision.verdict == .genuine
    var object = JSONObject(["verified": .bool(isGood), "verdict": JSON(decision.verdict.rawValue)])
    if wanted.contains("returnProblemDetails") {
      object["problemDetails"] = .array(
        decision.reasons.filter { $0.severity == .error || $0.severity == .warn }.map { reason in
          [
            "type": JSON(Self.type(of: reason.code, host: service.host)),
            "title": JSON(Catalogue.sentence(reason.code, params: reason.words, language: .en)),
            "code": JSON(reason.code.rawValue),
          ]
        }
      )
    }
    if wanted.contains("returnResults") {
      let axes = decision.axes
      let status = axes.status
      func date(_ instant: Instant?, _ holds: Bool) -> JSON {
        ["verified": .bool(instant != nil && holds), "input": instant.map { JSON($0.description) } ?? .null]
      }
      object["results"] = [
        "validFrom": date(decision.credential?.validFrom, status != .notYetValid),
        "validUntil": date(decision.credential?.validUntil, status != .expired),
        "credentialSchema": [],
        // One entry for all lists: 1 is "not in force by a status list", as the bits say.
        "credentialStatus": [
          [
            "value": .integer([Status.revoked, .suspended, .superseded].contains(status) ? 1 : 0),
            "verified": .bool(status != .unknown),
            "input": .object(JSONObject()),
          ]
        ],
        "proof": [["verified": .bool(axes.authenticity == .genuine), "input": .object(JSONObject())]],
      ]
    }
    if wanted.contains("returnCredential") { object["verifiableCredential"] = credential }
    return object
  }

  /// W3C's types where there is one (VCDM 2.0, section 7.1; Bitstring Status List 1.0, 3.2), else ours.
  static func type(of code: ReasonCode, host: String) -> String {
    let model = "https://www.w3.org/TR/vc-data-model#"
    let list = "https://www.w3.org/ns/credentials/status-list#"
    return switch code {
    case .malformed: model + "PARSING_ERROR"
    case .issuerMismatch: model + "MALFORMED_VALUE_ERROR"
    case .algorithmRefused, .signatureInvalid, .keyUnknown, .keyNotForPurpose, .keyOutsideValidity, .chainInvalid,
      .signerRevoked, .issuerUnknown,
      .issuerNotAuthorised:
      model + "CRYPTOGRAPHIC_SECURITY_ERROR"
    case .statusUnavailable: list + "STATUS_RETRIEVAL_ERROR"
    case .statusUnusable, .statusStale, .statusRollback: list + "STATUS_VERIFICATION_ERROR"
    default: "https://\(host)/problems/\(code.rawValue)"
    }
  }
}
