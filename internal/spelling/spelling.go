// Package spelling says how far apart two names are, so that a misspelt one can
// be answered with what may have been meant.
package spelling

// Changes is the number of bytes to insert, remove or replace to get from a to
// b. It takes time in proportion to the product of their lengths.
func Changes(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
