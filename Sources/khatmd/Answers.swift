import Directory
import Encodings
import HTTPTypes
import LogClients
import Messages
import PKI
import Repository
import Verification

/// A question as it stands in a request, and the answer object around a decision.
struct VerifyRequest: Sendable {
  /// What is asked about.
  enum Subject: Sendable {
    case credential(VerificationRequest)
    case page(String)
  }
  let subject: Subject
  let nonce: String?, ref: String?
  let language: Language?
  /// Whether the answer shall be signed.
  let wantsReceipt: Bool
  /// The bytes that asked.
  let bytes: [UInt8]
  /// What the answer repeats of the question. In a batch a line has its number, and what it does not ask for is left
  /// out.
  var isRepeated = true
  var mustBeRepeated: Bool { nonce != nil || wantsReceipt }

  private static let members: Set<Text> = [
    "credential", "id", "badge", "image", "page", "nonce", "ref", "lang", "proof", "receipt",
  ]
  /// A nonce or a reference is a label, not a store.
  static let maxLabelBytes = 256
  static let maxPageBytes = 8_192

  static func read(_ bytes: [UInt8], limits: JSONLimits = .request) throws(HTTPRejection) -> VerifyRequest {
    let parsed: JSON
    do throws(JSONRejection) {
      parsed = try JSON.parse(bytes, limits: limits)
    } catch {
      throw HTTPRejection(.requestMalformed, error.description)
    }
    guard let object = parsed.object else { throw HTTPRejection(.requestMalformed, "not an object") }
    for member in object.members where !members.contains(member.name) {
      throw HTTPRejection(
        .requestMalformed,
        "a member is not known: \(PlainText.visible(String(member.name.string.prefix(40))))"
      )
    }
    func text(_ name: String, max: Int) throws(HTTPRejection) -> String? {
      guard let value = object[name] else { return nil }
      guard let text = value.string else { throw HTTPRejection(.requestMalformed, "\(name) is not a text") }
      guard text.utf8.count <= max else {
        throw HTTPRejection(.requestMalformed, "\(name) is longer than \(max) bytes")
      }
      return text
    }
    func flag(_ name: String) throws(HTTPRejection) -> Bool {
      guard let value = object[name] else { return false }
      guard let flag = value.bool else { throw HTTPRejection(.requestMalformed, "\(name) is true or false") }
      return flag
    }
    let page = try text("page", max: maxPageBytes)
    let wantsProof = try flag("proof")
    var subjects: [VerificationRequest.Subject] = []
    if let token = object["credential"] {
      // As it stands: a token may be thousands of bytes.
      guard let bytes = token.text?.bytes else { throw HTTPRejection(.requestMalformed, "credential is not a text") }
      guard bytes.count <= 256 << 10 else {
        throw HTTPRejection(.requestMalformed, "credential is longer than \(256 << 10) bytes")
      }
      subjects.append(.token(bytes))
    }
    if let id = try text("id", max: 100) { subjects.append(.id(id)) }
    if let badge = try text("badge", max: maxPageBytes) { subjects.append(.link(badge)) }
    if let image = object["image"] {
      guard let bytes = image.text.flatMap({ Base64.decode($0.bytes) }) else {
        throw HTTPRejection(.requestMalformed, "image is not base64")
      }
      subjects.append(.picture(bytes))
    }
    guard subjects.count <= 1 else {
      throw HTTPRejection(.requestMalformed, "more than one of credential, id, badge, image")
    }
    guard subjects.first != nil || page != nil else {
      throw HTTPRejection(.requestMalformed, "one of credential, id, badge, image, page is missing")
    }
    var language: Language?
    if let asked = try text("lang", max: 35) {
      guard let known = Language(rawValue: asked) else {
        throw HTTPRejection(.requestMalformed, "lang is one of ar, en, fr, zh")
      }
      language = known
    }
    return VerifyRequest(
      subject: subjects.first.map { .credential(VerificationRequest($0, page: page, wantsProof: wantsProof)) }
        ?? .page(page ?? ""),
      nonce: try text("nonce", max: maxLabelBytes),
      ref: try text("ref", max: maxLabelBytes),
      language: language,
      wantsReceipt: try flag("receipt"),
      bytes: bytes
    )
  }
}

extension Service {
  typealias Members = [(name: StaticString, value: [UInt8])]

  /// The answer object as it is sent.
  func answer(_ request: VerifyRequest) throws(HTTPRejection) -> [UInt8] {
    guard case .credential(let question) = request.subject else { throw HTTPRejection(.pagesNotRead) }
    switch folder.answer(question, at: now()) {
    case .failure(let refusal): throw HTTPRejection(refusal)
    case .success(let answer):
      guard request.wantsReceipt else {
        counters.judged(answer.decision.verdict)
        return answer.decision.canonical(
          adding: Self.proof(answer) + Self.asked(request) + Self.texts(answer.decision, request.language)
        )
      }
      return try object(answer, request).canonical()
    }
  }

  /// The decision where it costs next to nothing: about a known token without a blemish.
  func known(_ request: VerifyRequest) -> Decision? {
    guard case .credential(let question) = request.subject, !request.wantsReceipt else { return nil }
    return folder.cachedDecision(question, at: now())
  }

  /// The answer object around it.
  func written(_ decision: Decision, _ request: VerifyRequest) -> [UInt8] {
    counters.judged(decision.verdict)
    return decision.canonical(adding: Self.asked(request) + Self.texts(decision, request.language))
  }

  /// The same as a tree, with its receipt where one is wanted.
  func object(_ answer: VerificationResponse, _ request: VerifyRequest) throws(HTTPRejection) -> JSONObject {
    counters.judged(answer.decision.verdict)
    let written = answer.decision.canonical(
      adding: Self.proof(answer) + Self.asked(request) + Self.texts(answer.decision, request.language)
    )
    let object: JSONObject
    do throws(JSONRejection) {
      object = try JSONObject.parse(written, limits: .document)
    } catch {
      throw HTTPRejection(.internal)
    }
    return try signed(object, request)
  }

  /// What stands on a page.
  func page(_ request: VerifyRequest) async throws(HTTPRejection) -> JSON {
    guard case .page(let asked) = request.subject, let reader else { throw HTTPRejection(.pagesNotRead) }
    switch await reader.check(asked, at: now()) {
    case .refused(let refusal): throw HTTPRejection(refusal)
    case .busy: throw HTTPRejection(.overloaded, headers: [.retryAfter: "5"])
    case .decided(let decision):
      counters.judged(decision.verdict)
      var object = decision.json().object ?? JSONObject()
      do throws(JSONRejection) {
        for asked in Self.asked(request) { object["request"] = try JSON.parse(asked.value) }
      } catch { throw HTTPRejection(.internal) }
      return .object(try signed(object, request))
    }
  }

  /// With a receipt where one is wanted: `null` when the service has no key for it.
  private func signed(_ answer: JSONObject, _ request: VerifyRequest) throws(HTTPRejection) -> JSONObject {
    guard request.wantsReceipt else { return answer }
    var object = answer
    object["receipt"] = .null
    guard let answerKey else { return object }
    do throws(OpenSSLFailure) {
      let receipt = try Receipt.sign(answer, host: host, checkpoint: folder.checkpoint, key: answerKey, at: now())
      object["receipt"] = Text(validating: receipt).map { .string($0) }
    } catch { throw HTTPRejection(.internal) }
    return object
  }

  private static func asked(_ request: VerifyRequest) -> Members {
    guard request.isRepeated || request.mustBeRepeated else { return [] }
    var out = CanonicalJSONWriter(capacity: 160)
    out.openObject()
    out.name("digest")
    out.value("sha-256:" + Base64URL.encode(SHA2.sha256(request.bytes)))
    if let nonce = request.nonce {
      out.name("nonce")
      out.value(nonce)
    }
    if let ref = request.ref {
      out.name("ref")
      out.value(ref)
    }
    out.closeObject()
    return [("request", out.bytes)]
  }

  private static func proof(_ answer: VerificationResponse) -> Members {
    guard let proof = answer.proof else { return [] }
    return [("proof", JSON(String(decoding: proof, as: UTF8.self)).canonical())]
  }

  private static func texts(_ decision: Decision, _ language: Language?) -> Members {
    guard let language else { return [] }
    let sentences = decision.reasons.map { JSON(Catalogue.sentence($0.code, params: $0.words, language: language)) }
    return [("texts", JSON.array(sentences).canonical())]
  }

  /// The answer object of one decision, for answers that hold several or more than it.
  func json(_ answer: VerificationResponse) -> JSONObject {
    counters.judged(answer.decision.verdict)
    return answer.decision.json().object ?? JSONObject()
  }
}
