package job

import "context"

type (
	ExtractFile = extractFile
	ExtractSide = extractSide
)

// Extract is extract for the tests that build repositories.
func Extract(ctx context.Context, site *Site, request ExtractRequest, files []ExtractFile) (*ExtractReport, int, error) {
	return extract(ctx, site, request, files)
}
