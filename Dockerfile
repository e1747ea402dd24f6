# The three programs in one image: /bin/consumer, /bin/server and /bin/dispatcher.
#
#   docker build -t dispatcher .
#   docker run --rm --env-file my.env dispatcher                                     # a consumer
#   docker run --rm --env-file my.env -p 8080:8080 --entrypoint /bin/server dispatcher
#
# PDFs of reports need a browser: base an image of your own on Debian with its chromium and fonts, and copy /bin from this one.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# The database engine is C++ and linked in; the libraries of C and C++ are the image's, of the same Debian as this one's.
RUN CGO_ENABLED=1 go build -trimpath -ldflags='-s -w' -o /out/ ./cmd/consumer ./cmd/server ./cmd/dispatcher

# Libraries of C and C++, authorities of TLS and time zones; no shell, and a user without rights.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /out/ /bin/
USER 65532:65532
ENTRYPOINT ["/bin/consumer"]
