import Directory
import Encodings
import HTTPTypes
import Hummingbird
import Messages
import NIOCore
import Repository
import Verification

/// The interface for programs, `/v1`.
struct VerifyRoutes: Sendable {
  let service: Service

  func add(to router: Router<KhatmRequestContext>) {
    router.post("/v1/verify") { request, _ in try await verify(request) }
    router.post("/v1/verify/batch") { request, _ in try batch(request) }
    router.get("/v1/credentials/:id") { request, context in try credential(request, try Self.id(context)) }
    router.get("/v1/lookup") { request, _ in try lookup(request) }
    router.get("/v1/reason-codes") { request, _ in try constant(request, Self.reasonCodes) }
    router.get("/v1") { request, _ in try constant(request, index) }
  }

  // MARK: questions

  private func verify(_ request: Request) async throws -> Response {
    _ = try Query(request)
    _ = try request.preferred("application/json")
    try request.requireType("application/json")
    let asked = try VerifyRequest.read(try await request.collected(upTo: service.settings.limits.requestBytes))
    guard case .page = asked.subject else { return Reply.json(try service.answer(asked)) }
    return Reply.json(try await service.page(asked))
  }

  /// A number in an address. One with wrong check characters, or none at all, names nothing.
  static func id(_ context: KhatmRequestContext) throws(HTTPRejection) -> CredentialID {
    let text = context.parameters.get("id") ?? ""
    do throws(CredentialIDRejection) {
      return try CredentialID(reading: text)
    } catch {
      throw error == .checkCharactersWrong
        ? HTTPRejection(.checkCharactersWrong, params: [.init("id", JSON(String(text.prefix(40))))], status: .notFound)
        : HTTPRejection(.notFound)
    }
  }

  /// The answer without a page, or the problem it is as a resource.
  private func known(_ id: CredentialID) throws(HTTPRejection) -> VerificationResponse {
    try Self.known(id, service.folder.answer(VerificationRequest(.id(id.description)), at: service.now()))
  }

  static func known(_ id: CredentialID, _ result: Result<VerificationResponse, RequestRejection>) throws(HTTPRejection)
    -> VerificationResponse
  {
    guard case .success(let answer) = result else { throw HTTPRejection(.notFound) }
    if answer.decision.axes.authenticity == .unknownCredential {
      throw HTTPRejection(.credentialUnknown, params: [.init("id", JSON(id.description))], status: .notFound)
    }
    guard answer.record != nil else { throw HTTPRejection(.recordsUnavailable, headers: [.retryAfter: "60"]) }
    return answer
  }

  private func credential(_ request: Request, _ id: CredentialID) throws(HTTPRejection) -> Response {
    _ = try Query(request)
    let type = try request.preferred("application/json", "application/vc+jwt")
    let answer = try known(id)
    guard let record = answer.record else { throw HTTPRejection(.recordsUnavailable) }
    guard type == "application/json" else {
      // The bytes of a token never change; whether it is in force stands in the lists it names.
      return Reply.bytes(
        record.token,
        [.contentType: type, .cacheControl: "public, max-age=300", .vary: "Accept", .eTag: "\"\(tag(record.token))\""]
      )
    }
    var object = service.json(answer)
    object["token"] = Text(validating: record.token).map { .string($0) }
    return Reply.json(.object(object), cache: "public, max-age=60, must-revalidate", vary: "Accept")
  }

  private func tag(_ token: [UInt8]) -> String { String(decoding: token.suffix(40), as: UTF8.self) }

  static func status(_ id: CredentialID, _ decision: Decision) -> Response {
    var object = JSONObject([
      "v": 1, "id": JSON(id.description), "authenticity": JSON(decision.axes.authenticity.rawValue),
      "status": JSON(decision.axes.status.rawValue),
      "freshness": JSON(decision.axes.freshness.rawValue),
      "stateSince": decision.stateSince.map { JSON($0.description) } ?? .null,
      "supersededBy": decision.supersededBy.map { JSON($0) } ?? .null,
      "checkedAt": JSON(decision.checkedAt.description),
      "statusAsOf": decision.statusAsOf.map { JSON($0.description) } ?? .null,
      "answerNotAfter": JSON(decision.answerNotAfter.description),
    ])
    if let moment = decision.asOf { object["asOf"] = JSON(moment.description) }
    return Reply.json(.object(object), cache: "public, max-age=60, must-revalidate", vary: "Accept")
  }

  private func lookup(_ request: Request) throws(HTTPRejection) -> Response {
    let query = try Query(request, "page", "register", "q")
    _ = try request.preferred("application/json")
    let questions = [
      query["page"].map { LookupQuestion.page($0) }, query["register"].map { .register($0) },
      query["q"].map { .words($0) },
    ].compactMap { $0 }
    guard questions.count == 1, let question = questions.first else {
      throw HTTPRejection(.queryRefused, "one of page, register, q")
    }
    switch service.folder.lookup(question, limit: service.settings.limits.matches, at: service.now()) {
    case .failure(.refused(let refusal)): throw HTTPRejection(refusal)
    case .failure(.unavailable): throw HTTPRejection(.recordsUnavailable, headers: [.retryAfter: "60"])
    case .success(let found):
      return Reply.json([
        "v": 1, "matches": .array(found.matches.map { .object(service.json($0)) }),
        "truncated": .bool(found.isTruncated),
        "key": found.pageKey.map { JSON($0) } ?? .null, "checkedAt": JSON(service.now().description),
      ])
    }
  }

  // MARK: what does not change while the program runs

  private func constant(_ request: Request, _ value: JSON) throws(HTTPRejection) -> Response {
    _ = try Query(request)
    _ = try request.preferred("application/json")
    return Reply.json(value, cache: "public, max-age=3600", vary: "Accept")
  }

  private static let reasonCodes: JSON = [
    "v": 1,
    "codes": .array(
      ReasonCode.allCases.map { code in
        [
          "code": JSON(code.rawValue), "axis": JSON(code.axis.rawValue), "severity": JSON(code.severity.rawValue),
          "params": JSON(code.parameters),
          "texts": .object(
            Language.allCases.reduce(into: JSONObject()) { $0[Text($1.rawValue)] = JSON(code.texts[$1].source) }
          ),
        ]
      }
    ),
  ]

  private var index: JSON {
    [
      "v": 1, "host": JSON(service.host), "verify": "/v1/verify", "batch": "/v1/verify/batch",
      "credential": "/v1/credentials/{id}",
      "status": "/v1/credentials/{id}/status{?at}", "lookup": "/v1/lookup{?page,register,q}",
      "reasonCodes": "/v1/reason-codes", "platforms": "/v1/platforms",
      "vcalm": "/credentials/verify", "changes": "/v1/changes{?after,limit,records}", "files": "/v1/files",
      "proof": "/v1/credentials/{id}/proof", "history": "/v1/credentials/{id}/history{?at}",
      "trustList": "/.well-known/chamber-trust-list.jwt", "checkpoint": "/checkpoint",
    ]
  }
}
