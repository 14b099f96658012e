import Directory
import Encodings
import Following
import HTTPTypes
import Messages
import PKI
import PublicFolder
import Verification

/// A question as it stands in a request, and the answer object around a decision.
struct VerifyRequest: Sendable {
  enum Subject: Sendable { case credential(VerifyQuestion), page(String) }
  let subject: Subject
  let nonce: String?, ref: String?
  let language: Language?
  /// Whether the answer shall be signed.
  let wantsReceipt: Bool
  /// SHA-256 of the bytes that asked.
  let digest: [UInt8]

  private static let members: Set<Text> = ["credential", "id", "badge", "image", "page", "nonce", "ref", "lang", "proof", "receipt"]
  /// A nonce or a reference is a label, not a store.
  static let maxLabelBytes = 256
  static let maxPageBytes = 8_192

  static func read(_ bytes: [UInt8], limits: JSONLimits = .request) throws(Problem) -> VerifyRequest {
    let parsed: JSON
    do throws(JSONError) { parsed = try JSON.parse(bytes, limits: limits) } catch { throw Problem(.requestMalformed, error.description) }
    guard let object = parsed.object else { throw Problem(.requestMalformed, "not an object") }
    for member in object.members where !members.contains(member.name) {
      throw Problem(.requestMalformed, "a member is not known: \(PlainText.visible(String(member.name.string.prefix(40))))")
    }
    func text(_ name: String, max: Int) throws(Problem) -> String? {
      guard let value = object[name] else { return nil }
      guard let text = value.string else { throw Problem(.requestMalformed, "\(name) is not a text") }
      guard text.utf8.count <= max else { throw Problem(.requestMalformed, "\(name) is longer than \(max) bytes") }
      return text
    }
    func flag(_ name: String) throws(Problem) -> Bool {
      guard let value = object[name] else { return false }
      guard let flag = value.bool else { throw Problem(.requestMalformed, "\(name) is true or false") }
      return flag
    }
    let page = try text("page", max: maxPageBytes), wantsProof = try flag("proof")
    var subjects: [VerifyQuestion.Subject] = []
    if let token = object["credential"] {
      // As it stands: a token may be thousands of bytes.
      guard let bytes = token.text?.bytes else { throw Problem(.requestMalformed, "credential is not a text") }
      guard bytes.count <= 256 << 10 else { throw Problem(.requestMalformed, "credential is longer than \(256 << 10) bytes") }
      subjects.append(.token(bytes))
    }
    if let id = try text("id", max: 100) { subjects.append(.id(id)) }
    if let badge = try text("badge", max: maxPageBytes) { subjects.append(.link(badge)) }
    if let image = object["image"] {
      guard let bytes = image.text.flatMap({ Base64.decode($0.bytes) }) else { throw Problem(.requestMalformed, "image is not base64") }
      subjects.append(.picture(bytes))
    }
    guard subjects.count <= 1 else { throw Problem(.requestMalformed, "more than one of credential, id, badge, image") }
    guard subjects.first != nil || page != nil else { throw Problem(.requestMalformed, "one of credential, id, badge, image, page is missing") }
    var language: Language?
    if let asked = try text("lang", max: 35) {
      guard let known = Language(rawValue: asked) else { throw Problem(.requestMalformed, "lang is one of ar, en, fr, zh") }
      language = known
    }
    return VerifyRequest(subject: subjects.first.map { .credential(VerifyQuestion($0, page: page, wantsProof: wantsProof)) } ?? .page(page ?? ""), nonce: try text("nonce", max: maxLabelBytes),
                         ref: try text("ref", max: maxLabelBytes), language: language, wantsReceipt: try flag("receipt"), digest: SHA2.sha256(bytes))
  }
}

extension Service {
  func answer(_ request: VerifyRequest) throws(Problem) -> JSON {
    guard case .credential(let question) = request.subject else { throw Problem(.pagesNotRead) }
    switch folder.answer(question, at: now()) {
    case .failure(let refusal): throw Problem(refusal)
    case .success(let answer): return try finished(json(answer, language: request.language), request)
    }
  }

  /// What stands on a page.
  func page(_ request: VerifyRequest) async throws(Problem) -> JSON {
    guard case .page(let asked) = request.subject, let reader else { throw Problem(.pagesNotRead) }
    switch await reader.check(asked, at: now()) {
    case .refused(let refusal): throw Problem(refusal)
    case .busy: throw Problem(.overloaded, headers: [.retryAfter: "5"])
    case .decided(let decision):
      counters.judged(decision.verdict)
      return try finished(decision.json().object ?? JSONObject(), request)
    }
  }

  /// With what was asked, and a receipt where one is wanted: `null` when the service has no key for it.
  func finished(_ answer: JSONObject, _ request: VerifyRequest) throws(Problem) -> JSON {
    var asked = JSONObject(["digest": JSON("sha-256:" + Base64URL.encode(request.digest))])
    if let nonce = request.nonce { asked["nonce"] = JSON(nonce) }
    if let ref = request.ref { asked["ref"] = JSON(ref) }
    var object = answer
    object["request"] = .object(asked)
    guard request.wantsReceipt else { return .object(object) }
    object["receipt"] = .null
    guard let answerKey else { return .object(object) }
    do throws(OpenSSLError) {
      let receipt = try Receipt.sign(object, host: host, checkpoint: folder.checkpoint, key: answerKey, at: now())
      object["receipt"] = Text(validating: receipt).map { .string($0) }
    } catch { throw Problem(.internal) }
    return .object(object)
  }

  /// The answer object of one decision.
  func json(_ answer: VerifyAnswer, language: Language? = nil) -> JSONObject {
    counters.judged(answer.decision.verdict)
    var object = answer.decision.json().object ?? JSONObject()
    if let proof = answer.proof { object["proof"] = JSON(String(decoding: proof, as: UTF8.self)) }
    if let language {
      object["texts"] = .array(answer.decision.reasons.map { JSON(Catalogue.sentence($0.code, params: $0.words, language: language)) })
    }
    return object
  }
}
