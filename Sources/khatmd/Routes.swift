import HTTPTypes
import Hummingbird
import Repository
import Verification

/// Every route of the service, as `main` and the tests use it.
func buildRouter(_ service: Service) -> Router<KhatmRequestContext> {
  let router = Router(context: KhatmRequestContext.self, options: .autoGenerateHeadEndpoints)
  router.addMiddleware { RequestPolicyMiddleware(service: service) }  // reaches only routes added after it
  VerifyRoutes(service: service).add(to: router)
  VCALMRoute(service: service).add(to: router)
  FollowRoutes(service: service).add(to: router)
  StaticRoutes(service: service).add(to: router)
  PictureRoutes(service: service).add(to: router)
  PersonPage(service: service).add(to: router)
  ReportRoute(service: service).add(to: router)
  StartPage(service: service).add(to: router)
  Stylesheet.add(to: router)
  router.get("/health") { request, _ in
    _ = try Query(request)
    return health(service)
  }
  if service.settings.showsMetrics {
    router.get("/metrics") { _, _ in
      Reply.bytes(
        Array(service.counters.text.utf8),
        [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"]
      )
    }
  }
  refuseOtherMethods(router)
  return router
}

/// 200 while questions can be answered, 503 while they cannot; the reason is for the operator's log, not for strangers.
private func health(_ service: Service) -> Response {
  var isWell = true
  if case .failure = service.folder.trust.list { isWell = false }
  if service.folder.trust.platforms == nil { isWell = false }
  return Reply.bytes(
    Array((isWell ? "ok\n" : "cannot answer\n").utf8),
    status: isWell ? .ok : .serviceUnavailable,
    [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"]
  )
}

/// Hummingbird answers a wrong method like a wrong address; here it is 405 with what is allowed, and `OPTIONS` answers
/// browsers that ask before they send JSON from another site (public data, no credentials).
private func refuseOtherMethods(_ router: Router<KhatmRequestContext>) {
  let all: [HTTPRequest.Method] = [.get, .post, .put, .delete, .patch, .head]
  var known: [String: (path: RouterPath, methods: Set<HTTPRequest.Method>)] = [:]
  for route in router.routes { known[route.path.description, default: (route.path, [])].methods.insert(route.method) }
  for (path, methods) in known.values {
    let served = methods.contains(.get) ? methods.union([.head]) : methods
    let allow = (served.union([.options])).map(\.rawValue).sorted().joined(separator: ", ")
    for method in all where !served.contains(method) {
      router.on(path, method: method) { _, _ -> Response in
        throw HTTPRejection(.methodNotAllowed, headers: [.allow: allow])
      }
    }
    router.on(path, method: .options) { _, _ in
      Response(
        status: .noContent,
        headers: [
          .allow: allow, .accessControlAllowMethods: allow,
          .accessControlAllowHeaders: """
          accept, accept-language, authorization, content-type, if-none-match, traceparent, tracestate, \
          x-request-id, x-requested-with
          """,
          .accessControlMaxAge: "86400",
        ],
        body: .init()
      )
    }
  }
}
