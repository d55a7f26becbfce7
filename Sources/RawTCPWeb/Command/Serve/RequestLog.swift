import HTTPTypes
import Logging

/// Logs what requests change: one line for each that is not GET or HEAD, and for every failure of ours.
struct RequestLog<Handler: RequestHandler>: RequestHandler {
    let handler: Handler
    let logger: Logger

    func respond(to request: Request) async -> Response {
        let start = ServerClock.now
        let response = await handler.respond(to: request)
        let isReading = request.head.method == .get || request.head.method == .head
        let status = response.head.status.code
        if isReading, status < 500 { return response }
        logger.info(
            "\(request.head.method.rawValue) \(request.head.method == .connect ? request.rawTarget : request.path)",
            metadata: [
                "status": "\(status)", "client": "\(request.client)", "request": "\(request.id)",
                "milliseconds": "\((ServerClock.now - start) / 1_000_000)",
            ]
        )
        return response
    }

    func refuse(_ refusal: Refusal, id: String) async -> Response {
        logger.info("refused", metadata: ["status": "\(refusal.status.code)", "detail": "\(refusal.detail)"])
        return await handler.refuse(refusal, id: id)
    }
}
