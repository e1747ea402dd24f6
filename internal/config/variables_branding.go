package config

import "strings"

const whiteLabel = "APP_WHITELABEL_"

func brandNames() []string {
	return []string{
		"PROJECT_NAME_EN", "PROJECT_NAME_AR", "AI_PRODUCT_NAME_EN", "AI_PRODUCT_NAME_AR", "POWERED_BY", "LEGAL_NAME",
		"POWERED_BY_SENTENCE", "DISCLAIMER_AR", "CONTACT_EMAIL", "ASSUME_RESPONSIBILITY", "AI_PRODUCT_PPT_LOGO",
	}
}

func brandingVariables() []variable {
	var rows []variable
	for i, n := range brandNames() {
		rows = append(rows, variable{name: whiteLabel + n, doc: "Copied to every output as `" + strings.ToLower(n) + "`.",
			into: func(c *Config) any { return &c.branding[i] }})
	}
	return inSection("Branding", rows)
}

func (c *Config) collectBranding() {
	for i, n := range brandNames() {
		if v := c.branding[i]; v != "" {
			c.Branding = append(c.Branding, Brand{Name: strings.ToLower(n), Value: v})
		}
	}
}
